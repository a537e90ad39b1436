/** The files of an export, from what a run holds. Each stands for itself; a README says what it is. */
import { writeCsv } from '../../formats/csv';
import { encodePng } from '../../formats/png';
import type { ClusterCard, ClusterWord, StatPoint } from '../../shared/domain';
import { buildCheckpoint, type Checkpoint } from './checkpoint';
import { generatorLoader, generatorLoaderName } from './exportPython/generatorLoader';
import { clusterName, exportNames, exportReadme } from './exportReadme';
import type { HealthFinding } from '../health/health';
import type { SampleGrid } from '../training/sampling';
import { tileGrid } from './tileGrid';

export interface ExportInput {
  checkpoint: Checkpoint;
  /** The sample grid as it stands; null before the first. */
  grid: SampleGrid | null;
  /** A card a slot, in order. */
  clusters: readonly ClusterCard[];
  /** All recorded statistics, oldest first. */
  stats: readonly StatPoint[];
  /** The health checks as they stand; none where they were not made. */
  health?: readonly HealthFinding[];
}

export interface ExportedFile {
  name: string;
  bytes: Uint8Array<ArrayBuffer>;
}

function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

/**
 * A line a slot. `spread` is the variance of its pictures' features as a share of all pictures'. `images` are positions
 * in the data set, best first. Words set the cluster apart from `apart_from`: `effect` is by how many standard deviations
 * its pictures fit the word better, `prompt_agrees` is empty while its prompt says nothing of its own. Each context
 * vector gives its nearest word and the distance.
 */
export function clustersCsv(clusters: readonly ClusterCard[]): string {
  const contexts = Math.max(0, ...clusters.map(({ context }) => context.length));
  const numbers = Array.from({ length: contexts }, (_, i) => i);
  const most = Math.max(0, ...clusters.map(({ words }) => words?.words.length ?? 0));
  const places = Array.from({ length: most }, (_, i) => i);
  const columns = [
    'slot',
    'name',
    'class',
    'cluster',
    'share',
    'spread',
    'prompt_cosine',
    'images',
    'apart_from',
    ...places.flatMap((i) => [`word_${i + 1}`, `effect_${i + 1}`, `prompt_agrees_${i + 1}`]),
    ...numbers.flatMap((i) => [`nearest_${i + 1}`, `distance_${i + 1}`]),
  ];
  const rows = clusters.map((card) => [
    card.slot,
    clusterName(card.className, card.cluster),
    card.className,
    card.cluster + 1,
    card.share,
    card.spread,
    card.promptCosine,
    card.exemplars.join(' '),
    card.words?.against,
    ...places.flatMap((i) => wordCells(card.words?.words[i])),
    ...numbers.flatMap((i) => [card.context[i]?.[0]?.word, card.context[i]?.[0]?.distance]),
  ]);
  return writeCsv(columns, rows);
}

function wordCells(found: ClusterWord | undefined): (string | number | undefined)[] {
  if (!found) return [undefined, undefined, undefined];
  return [found.word, found.effect, found.agrees === null ? undefined : String(found.agrees)];
}

/** A line a point; a column for every statistic that any point has. */
export function metricsCsv(stats: readonly StatPoint[]): string {
  const names = [...new Set(stats.flatMap(({ values }) => Object.keys(values)))];
  return writeCsv(
    ['iteration', 'kimg', ...names],
    stats.map(({ iteration, kimg, values }) => [iteration, kimg, ...names.map((name) => values[name])]),
  );
}

/** A line a check; `value` is empty where nothing was measured. */
export function healthCsv(health: readonly HealthFinding[]): string {
  return writeCsv(
    ['check', 'state', 'value', 'text', 'action'],
    health.map(({ code, state, value, text, action }) => [code, state, value, text, action]),
  );
}

function gridPng(grid: SampleGrid, { created, trainer }: Checkpoint): Promise<Uint8Array<ArrayBuffer>> {
  return encodePng(tileGrid(grid), {
    Software: 'LCP-GAN Studio',
    'Creation Time': created,
    Description: `${grid.rows.length} clusters x ${grid.columns} latents after ${trainer.iteration} iterations`,
  });
}

/**
 * The checkpoint, the Python file that draws from it, the sample grid, tables and a README. `bytes` own their buffers,
 * so that these can be transferred.
 * @throws RangeError when the checkpoint's parts do not fit together
 */
export async function exportFiles({
  checkpoint,
  grid,
  clusters,
  stats,
  health = [],
}: ExportInput): Promise<ExportedFile[]> {
  const bytes = buildCheckpoint(checkpoint);
  return [
    { name: exportNames.checkpoint, bytes },
    { name: generatorLoaderName, bytes: utf8(await generatorLoader()) },
    ...(grid ? [{ name: exportNames.samples, bytes: await gridPng(grid, checkpoint) }] : []),
    { name: exportNames.clusters, bytes: utf8(clustersCsv(clusters)) },
    { name: exportNames.metrics, bytes: utf8(metricsCsv(stats)) },
    ...(health.length > 0 ? [{ name: exportNames.health, bytes: utf8(healthCsv(health)) }] : []),
    {
      name: exportNames.readme,
      bytes: utf8(
        exportReadme({ checkpoint, checkpointBytes: bytes.length, clusters, hasGrid: grid !== null, health }),
      ),
    },
  ];
}
