/**
 * The README.txt of an export: what each file is and how to use it, for someone who has the folder and nothing else.
 */
import { imagesPerIteration } from '../../shared/config';
import { formatBytes } from '../../shared/bytes';
import type { ClusterCard } from '../../shared/domain';
import { baseFacts } from '../bases/facts';
import type { Checkpoint } from './checkpoint';
import { generatorLoaderName } from './exportPython/generatorLoader';
import { namesOf, toldTogether, type HealthFinding } from '../health/health';

/** File names of an export; the Python file's is `generatorLoaderName`. */
export const exportNames = {
  checkpoint: 'checkpoint.safetensors',
  samples: 'samples.png',
  clusters: 'clusters.csv',
  metrics: 'metrics.csv',
  health: 'health.csv',
  readme: 'README.txt',
} as const;

/** Cluster `cluster` (from 0) of a class as the Python file calls it. */
export function clusterName(className: string, cluster: number): string {
  return `${className}/${cluster + 1}`;
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows
    .map((row) => `  ${row.map((text, column) => text.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd())
    .join('\n');
}

function runText({ config, classes, slots, clip, critic, trainer, created }: Checkpoint): string {
  const kimg = (trainer.iteration * imagesPerIteration(config)) / 1000;
  return table([
    ['made', `${created.slice(0, 16).replace('T', ' ')} UTC`],
    ['trained', `${trainer.iteration} iterations, ${kimg} thousand real pictures shown`],
    [
      'pictures',
      `${config.resolution} x ${config.resolution} pixels, ${classes.length} classes, ${slots.length} clusters`,
    ],
    ['networks', `${baseFacts(config).summary(config)} (preset "${config.preset}")`],
    ['CLIP', clip ? clip.name : 'none'],
    ...(critic ? [['critic', `${critic.name}, which judged samples in training`]] : []),
  ]);
}

/** Words in a line of the README, at most. */
const WORDS = 3;

function wordsText({ words }: ClusterCard): string {
  if (!words) return '';
  if (words.words.length === 0) return words.few ? '(too few pictures)' : '(nothing in its vocabulary)';
  return words.words
    .slice(0, WORDS)
    .map(({ word, agrees }) => (agrees === true ? `${word}*` : word))
    .join(', ');
}

function clusterText(clusters: readonly ClusterCard[]): string {
  const rows = clusters.map((card) => [
    String(card.slot + 1),
    String(card.slot),
    clusterName(card.className, card.cluster),
    `${(100 * card.share).toFixed(1)}%`,
    wordsText(card),
  ]);
  return table([['row', 'u', 'cluster', 'share', 'words that set it apart'], ...rows]);
}

export interface ReadmeInput {
  checkpoint: Checkpoint;
  /** Size of the checkpoint's file. */
  checkpointBytes: number;
  clusters: readonly ClusterCard[];
  /** Whether a sample grid is among the files. */
  hasGrid: boolean;
  health?: readonly HealthFinding[];
}

/** Lines of up to 90 characters, indented by 14 from the second on. */
function wrapped(text: string): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line !== '' && line.length + 1 + word.length > 90) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines.join(`\n${' '.repeat(14)}`);
}

/** What was found, worst first; nothing where no check was made. */
function healthText(health: readonly HealthFinding[]): string {
  if (health.length === 0) return '';
  const order = ['act', 'watch', 'fine', 'unknown'] as const;
  const words = { act: 'ACT', watch: 'watch', fine: 'fine', unknown: 'not judged' };
  const entry = (together: readonly [HealthFinding, ...HealthFinding[]]): string => {
    const [{ state, text, action }] = together;
    return `  ${words[state].padEnd(12)}${[`${namesOf(together)}: ${text}`, action]
      .filter((part) => part !== '')
      .map(wrapped)
      .join(`\n${' '.repeat(14)}`)}`;
  };
  const lines = order.flatMap((wanted) => toldTogether(health.filter(({ state }) => state === wanted)).map(entry));
  return `HEALTH\n${lines.join('\n')}\n\n`;
}

/** Lines end in LF. */
export function exportReadme({ checkpoint, checkpointBytes, clusters, hasGrid, health = [] }: ReadmeInput): string {
  const [first] = clusters;
  const example = first ? clusterName(first.className, first.cluster) : '';
  return `An export of LCP-GAN Studio: a generator of pictures, trained on your own.

${runText(checkpoint)}

FILES
${table([
  [
    exportNames.checkpoint,
    `everything of the run (${formatBytes(checkpointBytes)}): networks, cluster prompts, partition, labels, configuration`,
  ],
  [generatorLoaderName, 'builds the generator in PyTorch and draws with it'],
  ...(hasGrid ? [[exportNames.samples, 'the sample grid as last shown: a row a cluster, a column a latent']] : []),
  [exportNames.clusters, 'the clusters: class, share, words that set them apart, nearest words to the learnt vectors'],
  [exportNames.metrics, 'losses and vital signs over the run'],
  ['evaluation.*', 'only where you measured: distances to your pictures, in all, by class and by cluster'],
  ...(health.length > 0
    ? [[exportNames.health, 'what can go wrong in training, and whether it had when this was exported']]
    : []),
])}

USING IT
You need Python 3.8 or newer with PyTorch and NumPy (pip install torch numpy). No GPU is needed. In this folder:

  python3 ${generatorLoaderName} ${exportNames.checkpoint} --check
  python3 ${generatorLoaderName} ${exportNames.checkpoint} --samples grid.png --seed 1 --columns 8
  python3 ${generatorLoaderName} ${exportNames.checkpoint} --info

The first compares PyTorch's pictures with ones that the studio stored; the second draws new ones.
In a program of your own:

  from lcpgan_generator import load_generator, save_png, tile, to_bytes
  generator = load_generator(${JSON.stringify(exportNames.checkpoint)})
  u = generator.condition(${JSON.stringify(example)})   # or a class, or a mixture: {"name": 0.7, "other name": 0.3}
  pictures = generator(generator.latents(8, seed=1), u.expand(8, -1))
  save_png("eight.png", tile(to_bytes(pictures), columns=8))

CLUSTERS
The rows of the grid from the top. "u" is the position in the condition. The words are those that a
cluster's pictures fit better than the pictures of its class's other clusters do, as the CLIP sees
them; * where the learnt prompt says so too. ${exportNames.clusters} has all of them, and the words nearest to
the learnt vectors, which need not read as language.

${clusterText(clusters)}

${healthText(health)}WHOSE IT IS
Your pictures, your model: the studio uploaded nothing. What you may do with the model follows from
the rights to the pictures that it was trained on. The checkpoint holds none of your pictures, but a
generator can come close to pictures it was trained on, above all when there were few. It does hold
the names of your classes, your labels, and content hashes of your pictures: think of that before
you pass it on. The Python file is under the MIT licence.
`;
}
