import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Engine } from '../engine';
import { productRecords } from '../gemm/productRecords';
import { variantNamed } from '../gemm/variants';
import { matMul } from '../matmul/matmul';
import { compileStep, type Step } from '../capture/plan';
import { keep, matMul as stockMatMul, sum, zeros, type Tensor } from '../tensor';
import { randomArray, relativeError, toTensor } from '../testing/arrays';
import { testEngine } from '../testing/testEngine';
import { overrideTuning } from '../tuning';
import { adoptProductChoices, autotunerOf, Autotuner, closeAutotuner, productChoices } from './autotuner';
import { formatChoices, parseChoices, tuningKey, type TuningStore } from './tuningStore';

const size = 104;
const variants = ['32x32t64', '64x64t256', 'direct'];

class MemoryStore implements TuningStore {
  readonly texts = new Map<string, string>();
  load(key: string): Promise<string | null> {
    return Promise.resolve(this.texts.get(key) ?? null);
  }
  save(key: string, text: string): Promise<void> {
    this.texts.set(key, text);
    return Promise.resolve();
  }
}

describe('autotuner', () => {
  let engine: Engine;
  let left: Tensor;
  let right: Tensor;
  let kept: Tensor;

  const step = (): Step<never> =>
    compileStep({
      name: 'autotuned',
      inputs: {},
      body: () => {
        const y = matMul(left, right);
        engine.backend.copy({ source: y.dataId, target: kept.dataId });
        return { total: sum(y) };
      },
    });
  const forget = (): void => {
    const { choices, banned } = productRecords(engine.backend.device);
    choices.clear();
    banned.clear();
    closeAutotuner(engine.backend.device);
    overrideTuning({});
  };
  const ranked =
    (order: string[]) =>
    ({ name }: { name: string }): number =>
      order.includes(name) ? order.indexOf(name) : 100;

  beforeEach(async () => {
    engine = await testEngine();
    [left, right] = [
      toTensor(randomArray(size * size, 1), [size, size]),
      toTensor(randomArray(size * size, 2), [size, size]),
    ];
    kept = keep(zeros([size, size]));
  });
  afterEach(() => {
    forget();
    for (const tensor of [left, right, kept]) tensor.dispose();
  });

  it('measures every class of a step once, stores what it chose, and the next visit takes it over', async () => {
    const store = new MemoryStore();
    const tuner = await Autotuner.open(engine.context, { store, onSoftware: true, milliseconds: 60_000, variants });
    const first = step();
    await first.prepare();
    expect(tuner?.counts).toEqual({ classes: 1, wrong: 0 });
    const choices = productChoices();
    expect(Object.keys(choices)).toHaveLength(1);
    const [chosen = ''] = Object.values(choices);
    expect(variantNamed(chosen)).not.toBeNull();
    expect(parseChoices(store.texts.get(tuningKey(engine.context)) ?? '')).toEqual(new Map(Object.entries(choices)));
    first.run({});
    const reference = stockMatMul(left, right);
    expect(relativeError(await kept.data(), await reference.data())).toBeLessThan(1e-5);
    reference.dispose();
    first.dispose();

    forget();
    const again = await Autotuner.open(engine.context, { store, onSoftware: true });
    const second = step();
    await second.prepare();
    expect(again?.counts.classes).toBe(0);
    expect(productChoices()).toEqual(choices);
    second.dispose();
  });

  it('chooses the fastest, and a choice stands', async () => {
    const store = new MemoryStore();
    await Autotuner.open(engine.context, {
      store,
      onSoftware: true,
      milliseconds: 60_000,
      variants,
      time: ranked(['32x32t64', '64x64t256']),
    });
    const first = step();
    await first.prepare();
    expect(Object.values(productChoices())).toEqual(['32x32t64']);
    await Autotuner.open(engine.context, { store, onSoftware: true, time: ranked(['64x64t256']) });
    const second = step();
    await second.prepare();
    expect(Object.values(productChoices())).toEqual(['32x32t64']);
    expect(second.info?.labels).toEqual(first.info?.labels);
    first.dispose();
    second.dispose();
  });

  it('takes over a checkpoint’s choices, and lets the rule decide on names it does not know', async () => {
    await Autotuner.open(engine.context, {
      onSoftware: true,
      milliseconds: 60_000,
      variants,
      time: ranked(['64x64t256']),
    });
    const first = step();
    await first.prepare();
    const [key = ''] = Object.keys(productChoices());
    first.dispose();
    forget();
    adoptProductChoices({ [key]: 'of a later version' });
    const tuner = await Autotuner.open(engine.context, { onSoftware: true });
    const second = step();
    await second.prepare();
    second.run({});
    expect((await second.readStats()).total).toBeTypeOf('number');
    expect(tuner?.counts.classes).toBe(0);
    second.dispose();
  });

  it('bans a variant that computes wrongly, however fast it is', async () => {
    const { device } = engine.backend;
    const create = device.createShaderModule.bind(device);
    // A driver that loses the last quarter of a tile's rows.
    Object.defineProperty(device, 'createShaderModule', {
      configurable: true,
      value: (descriptor: GPUShaderModuleDescriptor) =>
        create({ ...descriptor, code: descriptor.code.replaceAll('q < 4; q++', 'q < 3; q++') }),
    });
    try {
      // An odd batch, so that the shape's code has not been compiled before.
      const batch = 3;
      const a = toTensor(randomArray(batch * 96 * 64, 1), [batch, 96, 64]);
      const b = toTensor(randomArray(64 * 128, 2), [64, 128]);
      overrideTuning({ bakeShapes: true });
      const tuner = await Autotuner.open(engine.context, {
        onSoftware: true,
        milliseconds: 60_000,
        variants,
        time: ranked([...variants]),
      });
      const one = compileStep({ name: 'wrong', inputs: {}, body: () => ({ total: sum(matMul(a, b)) }) });
      await one.prepare();
      expect(Object.values(productChoices())).toEqual(['direct']);
      expect(tuner?.counts.wrong).toBe(2);
      expect([...productRecords(device).banned].toSorted()).toEqual(['matMul 32x32t64', 'matMul 64x64t256']);
      one.dispose();
      a.dispose();
      b.dispose();
    } finally {
      Reflect.deleteProperty(device, 'createShaderModule');
    }
  });

  it('spends no more than it may, and then goes by rule', async () => {
    await Autotuner.open(engine.context, { onSoftware: true, milliseconds: 0 });
    const one = step();
    await one.prepare();
    expect(Object.values(productChoices())).toEqual(['rule']);
    one.dispose();
  });

  it('leaves software adapters alone', async () => {
    const { isFallback } = engine.context.adapter;
    expect((await Autotuner.open(engine.context)) === null).toBe(isFallback);
    expect(autotunerOf(engine.backend.device) === null).toBe(isFallback);
  });
});

describe('tuning store', () => {
  it('has a key for each adapter and browser, and survives a damaged text', async () => {
    const { context } = await testEngine();
    expect(tuningKey(context, 'a')).toMatch(/^[0-9a-f]{16}$/);
    expect(tuningKey(context, 'a')).toBe(tuningKey(context, 'a'));
    expect(tuningKey(context, 'a')).not.toBe(tuningKey(context, 'b'));
    expect(tuningKey({ ...context, adapter: { ...context.adapter, f16: !context.adapter.f16 } }, 'a')).not.toBe(
      tuningKey(context, 'a'),
    );
    const choices = new Map([
      ['b', '2'],
      ['a', '1'],
    ]);
    expect(formatChoices(choices)).toBe('{"a":"1","b":"2"}');
    expect(parseChoices(formatChoices(choices))).toEqual(choices);
    for (const text of ['', '{', '[1]', 'null', '{"a":3}']) expect(parseChoices(text).size).toBe(0);
  });
});
