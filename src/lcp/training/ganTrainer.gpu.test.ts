import { afterEach, describe, expect, it } from 'vitest';
import type { GpuDataset } from '../../gpu/dataset/dataset';
import { testEngine } from '../../gpu/testing/testEngine';
import { presets, type CommonConfig, type RunConfig } from '../../shared/config';
import { GanTrainer } from './ganTrainer';
import type { TrainerState } from './trainerState';
import {
  toyBatch,
  toyClassCount,
  toyConfig,
  toyDataset,
  toyPrompts,
  toySlots,
  toyTokenTower,
  toyTower,
} from './gan.testing';
import { emaDecay } from './schedule';

const made: { dispose: () => void }[] = [];

/** lambda = 1 and lambda_clip = 1 from the first iteration on. */
const fromTheStart: Partial<CommonConfig> = {
  conditioning: { rampStart: 0, rampEnd: 0 },
  clipHead: { weight: 1, startFraction: 0, startMaxKimg: 0, rampFraction: 0, tokenHeads: 'none' },
};

function dataset(): GpuDataset {
  const pictures = toyDataset();
  made.push(pictures);
  return pictures;
}

/** Prompts of another CLIP than the critic: their features have another width. */
const prompts = (): Float32Array => toyPrompts(9);

function makeTrainer(
  config: RunConfig,
  { withClip = true, eager = false, withTokens = false, tower = toyTower } = {},
): GanTrainer {
  const clip = withClip ? { branch: withTokens ? toyTokenTower : tower, promptFeatures: prompts() } : null;
  const trainer = new GanTrainer({
    config,
    slots: toySlots,
    classCount: toyClassCount,
    dataset: dataset(),
    clip,
    eager,
  });
  made.unshift(trainer);
  return trainer;
}

async function stateAfter(trainer: GanTrainer, config: RunConfig, iterations: number): Promise<TrainerState> {
  for (let i = 0; i < iterations; i++) trainer.iterate(toyBatch(config, trainer.iteration));
  return trainer.exportState();
}

/** Names of the values in which two states differ. */
function differing(a: TrainerState, b: TrainerState): string[] {
  expect([...a.tensors.keys()]).toEqual([...b.tensors.keys()]);
  return [...a.tensors]
    .filter(([name, { data }]) => !data.every((value, i) => Object.is(value, b.tensors.get(name)?.data[i])))
    .map(([name]) => name);
}

/** One weight of a network. */
function of(state: TrainerState, network: string): Float32Array {
  return state.tensors.get(`${network}/linear.weight`)?.data ?? new Float32Array();
}

afterEach(() => {
  for (const thing of made.splice(0)) thing.dispose();
});

describe('GanTrainer', () => {
  it('gives the same bits for the same seed, captured or eager', async () => {
    await testEngine();
    const config = toyConfig({
      ...fromTheStart,
      batch: 2,
      discriminatorSteps: 2,
      augment: { ...toyConfig().augment, consistency: 10 },
    });
    const first = await stateAfter(makeTrainer(config), config, 2);
    expect(differing(first, await stateAfter(makeTrainer(config), config, 2))).toEqual([]);
    expect(differing(first, await stateAfter(makeTrainer(config, { eager: true }), config, 2))).toEqual([]);
    const other = { ...config, seed: 2 };
    expect(differing(first, await stateAfter(makeTrainer(other), other, 1)).length).toBeGreaterThan(20);
  });

  it('resumes bit for bit from an exported state', async () => {
    await testEngine();
    const config = toyConfig({ ...fromTheStart, ema: { halfLifeKimg: 0.05, startKimg: 0.004, rampUp: 0 } });
    const through = await stateAfter(makeTrainer(config), config, 3);
    const half = await stateAfter(makeTrainer(config), config, 2);
    const resumed = makeTrainer(config);
    resumed.importState(half);
    expect(resumed.iteration).toBe(2);
    expect(differing(await resumed.exportState(), half)).toEqual([]);
    expect(differing(await stateAfter(resumed, config, 1), through)).toEqual([]);
  });

  it('refuses a state that does not fit', async () => {
    await testEngine();
    const config = toyConfig();
    const state = await stateAfter(makeTrainer(config), config, 1);
    state.tensors.delete('generator/linear.weight');
    expect(() => makeTrainer(config).importState(state)).toThrow(RangeError);
  });

  it('averages the generator by the schedule’s decay', async () => {
    await testEngine();
    const config = toyConfig({ ema: { halfLifeKimg: 0.01, startKimg: 0.004, rampUp: 0 } });
    const trainer = makeTrainer(config, { withClip: false });
    const copied = await stateAfter(trainer, config, 1);
    expect(of(copied, 'averaged')).toEqual(of(copied, 'generator'));
    const next = await stateAfter(trainer, config, 1);
    const decay = emaDecay(config, 1);
    expect(decay).toBeGreaterThan(0.5);
    of(next, 'averaged').forEach((value, i) => {
      expect(value).toBeCloseTo(
        decay * (of(copied, 'averaged')[i] ?? NaN) + (1 - decay) * (of(next, 'generator')[i] ?? NaN),
        6,
      );
    });
  });

  it('brings the CLIP head in when the schedule says so', async () => {
    await testEngine();
    // 4 images an iteration, 80 in all: the head starts after 8 of them and is fully in after 4 more.
    const config = toyConfig({
      kimg: 0.08,
      clipHead: { weight: 0.5, startFraction: 0.1, startMaxKimg: 500, rampFraction: 0.05, tokenHeads: 'none' },
    });
    const trainer = makeTrainer(config);
    trainer.compile();
    const before = await trainer.exportState();
    const seen: Record<string, number>[] = [];
    for (let i = 0; i < 4; i++) {
      trainer.iterate(toyBatch(config, i));
      seen.push(await trainer.readStats());
    }
    expect(seen.map(({ lambdaClip }) => lambdaClip)).toEqual([0, 0, 0, 0.5]);
    expect(seen.map((stats) => 'clipReal' in stats)).toEqual([false, false, false, true]);
    const names = [
      'lossD',
      'lossG',
      'realLogit',
      'fakeLogit',
      'signReal',
      'signFake',
      'clipReal',
      'clipFake',
      'lambda',
      'lambdaClip',
      'gradNonFinite',
    ];
    for (const name of names) expect(seen[3]?.[name], name).toSatisfy(Number.isFinite);
    expect(seen[3]?.['gradNonFinite']).toBe(0);
    const changed = differing(before, await trainer.exportState());
    expect(changed).toContain('clipHead/hidden.weight');
    expect(changed).toContain('generator/embedding.weight');
  });

  it.each([
    ['without CLIP', { withClip: false }, 0],
    ['through CLIP', { withClip: true }, 0],
    ['through CLIP and its tokens', { withClip: true, withTokens: true }, 0],
    ['with consistency', { withClip: false }, 10],
  ])(
    'steps along the gradients of L_D and L_G, %s',
    async (_, { withClip, ...more }: { withClip: boolean; withTokens?: boolean }, consistency) => {
      await testEngine();
      // Rates that change nothing and beta1 = 0: the first moments are the gradients, and the same iteration can be run
      // again elsewhere.
      const config = toyConfig({
        ...fromTheStart,
        optimizer: { generatorRate: 1e-30, discriminatorRate: 1e-30, beta1: 0, beta2: 0.9, epsilon: 1e-8 },
        augment: { ...toyConfig().augment, consistency },
      });
      const trainer = makeTrainer(config, { withClip, ...more });
      const start = await trainer.exportState();
      const lossesAt = async (state: TrainerState): Promise<{ lossD: number; lossG: number }> => {
        trainer.importState(state);
        trainer.iterate(toyBatch(config, 0));
        const { lossD = NaN, lossG = NaN } = await trainer.readStats();
        return { lossD, lossG };
      };
      await lossesAt(start);
      const after = await trainer.exportState();
      const sides = [
        { loss: 'lossD', networks: withClip ? ['discriminator', 'clipHead'] : ['discriminator'], step: 2e-3 },
        { loss: 'lossG', networks: ['generator'], step: 2e-3 },
      ] as const;
      for (const { loss, networks, step } of sides) {
        const gradients = networks.flatMap((network) =>
          [...after.tensors]
            .filter(([name]) => name.startsWith(`${network}Adam/m.`))
            .map(([name, { data }]) => ({ name: name.replace('Adam/m.', '/'), data })),
        );
        const norm = Math.hypot(...gradients.map(({ data }) => Math.hypot(...data)));
        const moved = (distance: number): TrainerState => {
          const tensors = new Map(start.tensors);
          for (const { name, data } of gradients) {
            const old = start.tensors.get(name);
            if (old)
              tensors.set(name, {
                shape: old.shape,
                data: old.data.map((value, i) => value + (distance * (data[i] ?? NaN)) / norm),
              });
          }
          return { iteration: 0, tensors };
        };
        const slope = ((await lossesAt(moved(step)))[loss] - (await lossesAt(moved(-step)))[loss]) / (2 * step);
        // What is left is float32 rounding of the loss and hinges and ReLUs crossed within the step.
        expect(Math.abs(slope / norm - 1), loss).toBeLessThan(0.01);
      }
    },
  );

  it.each(['ada', 'none'] as const)('trains and resumes bit for bit with augmentation %s', async (mode) => {
    await testEngine();
    // Everything real is above the target at first: p climbs by 16 images of 0.1 kimg a step.
    const config = toyConfig({ augment: { ...toyConfig().augment, mode, adaTarget: 0, adaKimg: 0.1 } });
    const trainer = makeTrainer(config, { withClip: false });
    const seen: (number | undefined)[] = [];
    const signs: number[] = [];
    let half: TrainerState | null = null;
    for (let i = 0; i < 8; i++) {
      if (i === 5) half = await trainer.exportState();
      trainer.iterate(toyBatch(config, i));
      const { adaP, signReal = NaN } = await trainer.readStats();
      seen.push(adaP);
      signs.push(signReal);
    }
    if (mode === 'ada') {
      const up = (from: number): number =>
        Math.sign(signs.slice(from, from + 4).reduce((sum, value) => sum + value, 0));
      const after = [up(0), up(4)].reduce<number[]>(
        (all, direction) => [...all, Math.min(1, Math.max(0, (all.at(-1) ?? 0) + direction * 0.16))],
        [],
      );
      expect(seen.slice(0, 3)).toEqual([0, 0, 0]);
      expect(seen[3]).toBeCloseTo(after[0] ?? NaN, 6);
      expect(seen[7]).toBeCloseTo(after[1] ?? NaN, 6);
    } else expect(seen.every((p) => p === undefined)).toBe(true);
    const resumed = makeTrainer(config, { withClip: false });
    if (half) resumed.importState(half);
    for (let i = 5; i < 8; i++) resumed.iterate(toyBatch(config, i));
    expect(differing(await resumed.exportState(), await trainer.exportState())).toEqual([]);
  });

  it('stays lean: dispatches of an iteration of the tiny preset', async () => {
    await testEngine();
    const config = { ...presets.tiny, ...fromTheStart };
    const trainer = makeTrainer(config);
    trainer.compile();
    const total = (variant: 'plain' | 'clip'): number =>
      Object.values(trainer.dispatches(variant) ?? { none: NaN }).reduce((a, b) => a + b);
    // Every dispatch costs milliseconds on a software adapter. Raise these numbers only for something that is worth it.
    expect(total('plain')).toBeLessThanOrEqual(270);
    expect(total('clip')).toBeLessThanOrEqual(330);
  });

  it('replaces the prompt features in place', async () => {
    await testEngine();
    const config = toyConfig(fromTheStart);
    const run = async (replace: boolean): Promise<number | undefined> => {
      const trainer = makeTrainer(config);
      if (replace) trainer.setPromptFeatures(prompts().map((value) => -value));
      trainer.iterate(toyBatch(config, 0));
      return (await trainer.readStats())['lossD'];
    };
    expect(await run(true)).not.toBe(await run(false));
    expect(() => makeTrainer(config, { withClip: false }).setPromptFeatures(prompts())).toThrow();
  });
});
