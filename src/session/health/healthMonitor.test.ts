import { describe, expect, it } from 'vitest';
import type { HealthCode, HealthFinding } from '../../lcp/health/health';
import type { HeldOut } from '../../lcp/health/heldOut';
import { SparseRows } from '../../lcp/partition/sparseRows';
import { presets } from '../../shared/config';
import { UNLABELED } from '../../shared/domain';
import { CounterRandom } from '../../shared/rng';
import { HealthBoard } from './healthBoard';
import { HealthMonitor, monitorLimits, type HealthMonitorOptions } from './healthMonitor';

const d = 5;
const piece = 16;
const slots = [
  { slot: 0, classIndex: 0, cluster: 0 },
  { slot: 1, classIndex: 0, cluster: 1 },
  { slot: 2, classIndex: 1, cluster: 0 },
];

/** Unit vectors near the slot's own axis. */
function nearAxis(slot: number, spread: number, random: CounterRandom): number[] {
  const row = Array.from({ length: d }, (_, j) => (j === slot ? 1 : 0) + spread * random.normal());
  const norm = Math.hypot(...row);
  return row.map((value) => value / norm);
}

interface Fault {
  /** Samples of all slots look like this one. */
  onlySlot?: number;
  /** Spread of samples around their axis; the reals' is 0.3. */
  spread?: number;
  /** Samples are reals. */
  copies?: boolean;
  /** Sign on what was held back; 1 on what was trained on. */
  heldOutSign?: number;
}

/** Pictures cycle through the slots; the last tenth is unlabeled and inferred right. */
function rig(
  count: number,
  { onlySlot, spread = 0.3, copies = false, heldOutSign = 1 }: Fault = {},
  heldOut: HeldOut | null = null,
) {
  const random = new CounterRandom(8, 1);
  const reals = Array.from({ length: count }, (_, i) => nearAxis(i % 3, 0.3, random));
  const classOf = (i: number): number => (i % 3 === 2 ? 1 : 0);
  const coverages: { observed: Float64Array; expected: Float64Array }[] = [];
  const calls = { reals: 0, samples: 0, signs: 0 };
  const clock = { time: 0 };
  const working = <T>(value: T): Promise<T> => {
    clock.time += 10;
    return Promise.resolve(value);
  };
  const board = new HealthBoard(
    () => undefined,
    () => clock.time,
  );
  const options: HealthMonitorOptions = {
    probe: {
      piece,
      dim: d,
      realFeatures: (images) => {
        calls.reals += 1;
        return working(Float32Array.from(Array.from(images).flatMap((image) => reals[image] ?? [])));
      },
      sampleFeatures: (_z, u, n) => {
        calls.samples += 1;
        const slot = (i: number): number =>
          onlySlot ?? u.subarray(3 * i, 3 * i + 3).indexOf(Math.max(...u.subarray(3 * i, 3 * i + 3)));
        return working(
          Float32Array.from(
            Array.from({ length: n }, (_, i) =>
              copies ? (reals[3 * i + slot(i)] ?? []) : nearAxis(slot(i), spread, random),
            ).flat(),
          ),
        );
      },
      signs: (images) => {
        calls.signs += 1;
        return working(
          Float32Array.from(Array.from(images), (image) => (heldOut?.heldOut.includes(image) ? heldOutSign : 1)),
        );
      },
    },
    board,
    config: presets.tiny,
    dataset: {
      labels: Int32Array.from({ length: count }, (_, i) => (i < 0.9 * count ? classOf(i) : UNLABELED)),
      summary: {
        classes: ['cats', 'dogs'],
        imageCount: count,
        labeledPerClass: [],
        unlabeledCount: 0,
        broken: [],
        resolution: 32,
      },
    },
    knowledge: {
      conditions: { u: SparseRows.build(count, 3, (row, add) => add(row % 3, 1)), w: new Float32Array(count).fill(1) },
      inference: {
        probabilities: Float32Array.from({ length: 2 * count }, (_, at) => (classOf(at >> 1) === at % 2 ? 1 : 0)),
        trust: new Float32Array(count).fill(1),
        summary: {
          alpha: 0,
          temperature: 1,
          crossValidatedAccuracy: 1,
          zeroShotAccuracy: null,
          labeled: 0,
          trusted: 0,
          untrusted: 0,
          inferredPerClass: [],
        },
      },
      partition: { slots } as unknown as HealthMonitorOptions['knowledge']['partition'],
    },
    population: Uint32Array.from({ length: count }, (_, i) => i).filter((i) => !heldOut?.heldOut.includes(i)),
    heldOut,
    onCoverage: (coverage) => coverages.push(coverage),
    now: () => clock.time,
  };
  const monitor = new HealthMonitor(options);
  const finding = (code: HealthCode): HealthFinding | undefined => board.findings.find((found) => found.code === code);
  /** Turns with time enough for a piece in each. */
  const turns = async (n: number, fraction: number): Promise<void> => {
    for (let i = 0; i < n; i += 1) {
      clock.time += 1000;
      await monitor.turn(fraction);
    }
  };
  return { monitor, calls, clock, finding, turns, coverages };
}

const codes = ['collapse', 'copies', 'dropped-clusters'] as const;

describe('HealthMonitor', () => {
  it('keeps to a fiftieth of the time', async () => {
    const { monitor, calls, clock } = rig(300);
    const [start, end] = [clock.time, clock.time + 100_000];
    while (clock.time < end) {
      clock.time += 5; // an iteration
      await monitor.turn(1);
    }
    const spent = 10 * (calls.reals + calls.samples + calls.signs);
    expect(spent / (clock.time - start)).toBeLessThanOrEqual(1.01 * monitorLimits.share);
    expect(spent / (clock.time - start)).toBeGreaterThan(0.8 * monitorLimits.share);
  });

  it('gathers reals early, and judges samples only from a quarter of the run on', async () => {
    const { calls, turns, finding } = rig(300);
    await turns(40, 0.1);
    expect(calls).toMatchObject({ reals: Math.ceil(300 / piece), samples: 0 });
    expect(codes.map((code) => finding(code)?.state)).toEqual(['unknown', 'unknown', 'unknown']);
    await turns(8, 0.3);
    expect(finding('collapse')?.state).toBe('fine');
    expect(finding('copies')?.state).toBe('fine');
  });

  it('finds healthy samples healthy', async () => {
    const { turns, finding, coverages } = rig(300);
    await turns(80, 0.5);
    expect(codes.map((code) => finding(code)?.state)).toEqual(['fine', 'fine', 'fine']);
    expect(finding('collapse')?.value).toBeCloseTo(1, 1);
    const { observed, expected } = coverages.at(-1) ?? {};
    expect(observed?.reduce((sum, value) => sum + value)).toBe(monitorLimits.memory);
    expect(observed?.every((count, slot) => Math.abs(count / (expected?.[slot] ?? 0) - 1) < 0.3)).toBe(true);
  });

  it('tells in which clusters samples lie, and none before samples are judged', async () => {
    const { turns, coverages } = rig(300, { onlySlot: 0 });
    await turns(20, 0.1);
    expect(coverages).toEqual([]);
    await turns(60, 0.5);
    const { observed, expected } = coverages.at(-1) ?? {};
    expect(observed?.[0]).toBeGreaterThan(1.5 * (expected?.[0] ?? Infinity));
    expect(observed?.[2]).toBeLessThan(0.1 * (expected?.[2] ?? 0));
  });

  it.each([
    ['collapse', { spread: 0.05 }, /differ \d+% as much/],
    ['copies', { copies: true }, /100% of 64 samples/],
    ['dropped-clusters', { onlySlot: 0 }, /“(cats\/2|dogs\/1)”, .* hardly ever: \d%/],
  ] as const)('finds %s', async (code, fault, text) => {
    const { turns, finding } = rig(300, fault);
    await turns(20, 0.1);
    await turns(60, 0.5);
    expect(finding(code)).toMatchObject({ state: 'act', text: expect.stringMatching(text) });
    expect(finding(code)?.action).not.toBe('');
  });

  it('finds over-fitting by the reals that were held back', async () => {
    const heldOut = {
      heldOut: Uint32Array.from({ length: 20 }, (_, i) => i),
      trained: Uint32Array.from({ length: 20 }, (_, i) => 40 + i),
    };
    const memorised = rig(300, { heldOutSign: -1 }, heldOut);
    await memorised.turns(30, 0.5);
    expect(memorised.finding('over-fitting')).toMatchObject({ state: 'act', value: 2 });
    const open = rig(300, {}, heldOut);
    await open.turns(30, 0.5);
    expect(open.finding('over-fitting')?.state).toBe('fine');
  });

  it('says of a tiny set why it is not judged, and does nothing', async () => {
    const { turns, finding, calls } = rig(12);
    await turns(20, 0.9);
    expect(calls).toEqual({ reals: 0, samples: 0, signs: 0 });
    for (const code of codes)
      expect(finding(code)).toMatchObject({ state: 'unknown', text: expect.stringContaining('too few pictures') });
    expect(finding('over-fitting')).toMatchObject({ state: 'unknown', text: expect.stringContaining('too small') });
  });
});
