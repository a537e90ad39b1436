import { describe, expect, it } from 'vitest';
import type { ClusterCard } from '../../shared/domain';
import { imageIndex, slotIndex } from '../../shared/indices';
import { buildCheckpoint } from './checkpoint';
import { randomCheckpoint, testSlots } from './checkpoint.testing';
import { clustersCsv, exportFiles, healthCsv, metricsCsv } from './exportBundle';
import { exportReadme } from './exportReadme';
import { unknown, type HealthFinding } from '../health/health';

const classes = ['cat', 'dog, "big"'];
const words = (...texts: string[]): ClusterCard['context'] =>
  texts.map((word, i) => [
    { word, distance: (i + 1) / 4 },
    { word: 'other', distance: 9 },
  ]);
/** None in the vocabulary, two, and none for want of a text tower. */
const cardWords: ClusterCard['words'][] = [
  { against: 'siblings', words: [] },
  {
    against: 'siblings',
    words: [
      { word: 'orange', effect: 1.5, agrees: true },
      { word: 'tabby', effect: 0.75, agrees: null },
    ],
  },
  null,
];
const clusters: ClusterCard[] = testSlots.map((slot) => ({
  ...slot,
  slot: slotIndex(slot.slot),
  className: classes[slot.classIndex] ?? '',
  share: (slot.slot + 1) / 6,
  spread: slot.slot === 2 ? null : 0.5,
  exemplars: [4, slot.slot].map(imageIndex),
  context: slot.slot === 1 ? words('photo', 'of') : [],
  promptCosine: slot.slot === 2 ? null : 0.25,
  words: cardWords[slot.slot] ?? null,
  history: [],
}));

describe('clusters.csv', () => {
  it('has a line a cluster', () => {
    expect(clustersCsv(clusters).split('\r\n')).toEqual([
      'slot,name,class,cluster,share,spread,prompt_cosine,images,apart_from,word_1,effect_1,prompt_agrees_1,word_2,effect_2,prompt_agrees_2,nearest_1,distance_1,nearest_2,distance_2',
      '0,cat/1,cat,1,0.16666666666666666,0.5,0.25,4 0,siblings,,,,,,,,,,',
      '1,cat/2,cat,2,0.3333333333333333,0.5,0.25,4 1,siblings,orange,1.5,true,tabby,0.75,,photo,0.25,of,0.5',
      '2,"dog, ""big""/1","dog, ""big""",1,0.5,,,4 2,,,,,,,,,,,',
      '',
    ]);
  });
});

describe('metrics.csv', () => {
  it('has a column for every statistic of any point', () => {
    const text = metricsCsv([
      { iteration: 1, kimg: 0.008, values: { lossD: 2, lossG: -0.5 } },
      { iteration: 2, kimg: 0.016, values: { lossD: 1.5, lossG: 0, clipReal: 0.25 } },
    ]);
    expect(text).toBe('iteration,kimg,lossD,lossG,clipReal\r\n1,0.008,2,-0.5,\r\n2,0.016,1.5,0,0.25\r\n');
    expect(metricsCsv([])).toBe('iteration,kimg\r\n');
  });
});

describe('README.txt', () => {
  const readme = exportReadme({ checkpoint: randomCheckpoint(1), checkpointBytes: 1_500_000, clusters, hasGrid: true });

  it('says what the run was, how to use it, and lists the clusters', () => {
    for (const text of [
      '2026-11-22 18:30 UTC',
      '12 iterations',
      '2 classes, 3 clusters',
      '(1.5 MB)',
      'CLIP nano',
      '--check',
      'samples.png',
      'Your pictures, your model',
    ])
      expect(readme).toContain(text);
    expect(readme).toMatch(/^ +1 +0 +cat\/1 +16\.7% +\(nothing in its vocabulary\)$/m);
    expect(readme).toMatch(/^ +2 +1 +cat\/2 +33\.3% +orange\*, tabby$/m);
    expect(readme).toContain('generator.condition("cat/1")');
  });

  it('fits a terminal', () => {
    expect(Math.max(...readme.split('\n').map((line) => line.length))).toBeLessThanOrEqual(130);
  });

  it('does not speak of a grid that is not there', () => {
    expect(
      exportReadme({ checkpoint: randomCheckpoint(1), checkpointBytes: 1, clusters, hasGrid: false }),
    ).not.toContain('samples.png');
  });
});

describe('health', () => {
  const action =
    'The generator repeats itself. If it stays so, train on with stronger augmentation, or start again with half the learning rates.';
  const health: HealthFinding[] = [
    unknown('copies', 'It takes 16 pictures, "at least".'),
    unknown('dropped-clusters', 'It takes 16 pictures, "at least".'),
    {
      code: 'collapse',
      state: 'act',
      value: 0.25,
      text: 'Two samples of a class differ 25% as much as two of your pictures.',
      action,
    },
  ];

  it('has a line a check, and a section of the README with the worst first', async () => {
    expect(healthCsv(health).split('\r\n').slice(0, 2)).toEqual([
      'check,state,value,text,action',
      'copies,unknown,,"It takes 16 pictures, ""at least"".",',
    ]);
    const checkpoint = randomCheckpoint(1);
    const readme = exportReadme({ checkpoint, checkpointBytes: 1, clusters, hasGrid: true, health });
    expect(readme).toMatch(
      /HEALTH\n {2}ACT +Variety of samples: Two samples.*\n {14}The generator.*\n {14}.*rates\.\n {2}not judged +Copies of your pictures, Clusters in the samples: It takes 16/,
    );
    expect(Math.max(...readme.split('\n').map((line) => line.length))).toBeLessThanOrEqual(130);
    expect(readme.split('It takes 16')).toHaveLength(2);
    const names = async (given: HealthFinding[]): Promise<string[]> =>
      (await exportFiles({ checkpoint, grid: null, clusters, stats: [], health: given })).map(({ name }) => name);
    expect(await names(health)).toContain('health.csv');
    expect(await names([])).not.toContain('health.csv');
  });
});

describe('exportFiles', () => {
  it('gives the same checkpoint as building it alone', async () => {
    const checkpoint = randomCheckpoint(1);
    const [first] = await exportFiles({ checkpoint, grid: null, clusters, stats: [] });
    expect(first?.bytes).toEqual(buildCheckpoint(checkpoint));
  });
});
