import { afterEach, expect, it } from 'vitest';
import { MemoryBlobStore } from '../../data/blobStore';
import { adoptProductChoices, productChoices } from '../../gpu/autotune/autotuner';
import { acquireDevice } from '../../gpu/device/device';
import { createEngine, type Engine } from '../../gpu/engine';
import { banName, productRecords } from '../../gpu/gemm/productRecords';
import { productVariants } from '../../gpu/gemm/variants';
import { discardTestEngine, testEngine } from '../../gpu/testing/testEngine';
import { overrideTuning } from '../../gpu/tuning';
import { checkGpu, keepProductChoices } from './gpuChecks';
import type { SessionPorts } from '../sessionPorts';
import { parseEvent, type Event } from '../protocol/events';

const fast = '64x64t256';

async function replaceEngine(fault?: (code: string) => string): Promise<Engine> {
  (await testEngine()).dispose();
  discardTestEngine();
  const context = await acquireDevice();
  const create = context.device.createShaderModule.bind(context.device);
  if (fault)
    Object.defineProperty(context.device, 'createShaderModule', {
      configurable: true,
      value: (given: GPUShaderModuleDescriptor) => create({ ...given, code: fault(given.code) }),
    });
  return createEngine(context);
}

function portsWith(events: Event[]): SessionPorts {
  return { store: new MemoryBlobStore(), emit: (event: Event) => events.push(event) } as unknown as SessionPorts;
}

afterEach(() => overrideTuning({}));

it('tells in plain words what is computed wrongly, once an engine, and goes on with what is right', async () => {
  const engine = await replaceEngine((code) => code.replaceAll('q < 4; q++', 'q < 3; q++'));
  overrideTuning({ workgroupMemory: true, bakeShapes: false });
  // As if the rest had been found before: one variant is enough to be told.
  const { banned } = productRecords(engine.backend.device);
  for (const { name } of productVariants) {
    if (name === 'direct') continue;
    for (const op of [
      'conv2d.forward',
      'conv2d.gradientX',
      'conv2d.gradientFilter',
      ...(name === fast ? [] : (['matMul'] as const)),
    ] as const)
      banned.add(banName(op, name));
  }
  const events: Event[] = [];
  const ports = portsWith(events);
  await Promise.all([checkGpu(engine, ports), checkGpu(engine, ports)]);
  await checkGpu(engine, ports);
  expect(events).toHaveLength(1);
  const [notice] = events.map(parseEvent);
  expect(notice).toMatchObject({ type: 'notice', tone: 'warning', code: 'gpu-kernel-fallback' });
  if (notice?.type === 'notice') {
    expect(notice.text).toContain('matrix product');
    expect(notice.text).toContain(fast);
    expect(notice.action).toContain('correct');
  }
  expect(banned.has(`matMul ${fast}`)).toBe(true);
  engine.dispose();
});

it('gives every engine of a session the same choices', async () => {
  const events: Event[] = [];
  const ports = portsWith(events);
  const first = await replaceEngine();
  await checkGpu(first, ports);
  adoptProductChoices({ 'a class': fast });
  keepProductChoices(ports);
  first.dispose();
  const second = await createEngine(await acquireDevice());
  expect(productChoices()).toEqual({});
  await checkGpu(second, ports);
  expect(productChoices()).toEqual({ 'a class': fast });
  expect(events).toEqual([]);
  second.dispose();
});

it('refuses to train on a driver that computes nothing rightly', async () => {
  const engine = await replaceEngine((code) => code.replaceAll('fma(', '1.001 * fma('));
  await expect(checkGpu(engine, portsWith([]))).rejects.toMatchObject({ info: { code: 'gpu-untrusted' } });
  engine.dispose();
});
