import { describe, expect, it } from 'vitest';
import { presets } from '../../shared/config';
import { clipDifferences, configDifferences, overlaid, sharedStatistics } from './compareRuns';

const run = (...points: [number, Record<string, number>][]) => ({
  history: points.map(([kimg, values], iteration) => ({ iteration, kimg, values })),
});

describe('overlaid curves', () => {
  const one = run([0, { lossD: 0 }], [1, { lossD: 10 }]);
  const other = run([0.5, { lossD: 4, adaP: 1 }], [2, { lossD: 7, adaP: 1 }]);

  it('share the axis of pictures shown, and end where their run does', () => {
    const { pictures, curves } = overlaid([one, other], 'lossD');
    expect([pictures[0], pictures.at(-1)]).toEqual([0, 2000]);
    const at = pictures.indexOf(500);
    expect(curves.map((curve) => curve[at])).toEqual([5, 4]);
    expect(curves.map((curve) => curve[0])).toEqual([0, null]);
    expect(curves.map((curve) => curve.at(-1))).toEqual([null, 7]);
  });

  it('know which statistics there are, and hold none where no run has one', () => {
    expect(sharedStatistics([one, other])).toEqual(['lossD', 'adaP']);
    expect(overlaid([one], 'adaP')).toEqual({ pictures: [], curves: [[]] });
  });
});

describe('differences of settings', () => {
  it('are those that differ, and no others', () => {
    const { tiny } = presets;
    expect(configDifferences([tiny, { ...tiny, batch: tiny.batch + 1, preset: 'custom' }])).toEqual([
      { path: 'batch', values: [tiny.batch, tiny.batch + 1] },
    ]);
    expect(configDifferences([tiny, tiny])).toEqual([]);
  });

  it('tell which CLIPs looked and judged, where that is not the same', () => {
    const [lit, nano] = [{ clip: 'clip-lit' }, { clip: 'clip-nano' }];
    expect(clipDifferences([{ ...lit, critic: 'clip-nano' }, nano])).toEqual([
      { path: 'clip', values: ['clip-lit', 'clip-nano'] },
    ]);
    expect(clipDifferences([{ ...lit, critic: 'clip-nano' }, lit])).toEqual([
      { path: 'critic', values: ['clip-nano', 'clip-lit'] },
    ]);
    expect(clipDifferences([nano, nano])).toEqual([]);
  });
});
