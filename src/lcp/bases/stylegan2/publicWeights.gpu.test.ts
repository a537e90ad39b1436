// Networks in the layout of the public code, which our float64 reference pickles, extracted without running what the
// pickle carries, draw here what they draw there.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readSafetensors, writeSafetensors } from '../../../formats/safetensors';
import { relativeError } from '../../../gpu/testing/arrays';
import { testEngine } from '../../../gpu/testing/testEngine';
import { readCheckpoint } from '../../checkpoint/checkpoint';
import { runPython, torchPython } from '../../checkpoint/exportPython/python.testing';
import { Sampler } from '../../training/sampling';
import { loadValues } from '../../training/trainerState';
import { createNetworks } from '../createNetworks';

const scripts = join(import.meta.dirname, '../../../../scripts');
const folder = mkdtempSync(join(tmpdir(), 'lcp-gan-public-'));
const at = (name: string): string => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeAll(async () => {
  const { code, stderr } = await runPython([join(scripts, 'stylegan2Reference.py'), folder], folder);
  expect(code, stderr).toBe(0);
});

const extracted = (from: string, to: string) =>
  runPython([join(scripts, 'stylegan2Extract.py'), at(from), at(to)], folder);

it.each(['unconditional', 'conditional'])('draws what the %s network draws', async (kind) => {
  const { code, stderr } = await extracted(`${kind}.pkl`, `${kind}.safetensors`);
  expect(code, stderr).toBe(0);
  const { config, classes, slots, trainer } = readCheckpoint(readFileSync(at(`${kind}.safetensors`)));
  expect(classes).toEqual(kind === 'conditional' ? ['class 0', 'class 1'] : ['pictures']);
  expect(config).toMatchObject({ base: 'stylegan2', resolution: 32, discriminator: { residual: true } });
  await testEngine();
  const networks = createNetworks(config, { classCount: classes.length, slotCount: slots.length }, null);
  const { generator, discriminator } = networks;
  loadValues({ ...generator.sets, discriminator: discriminator.weights }, trainer.tensors);
  const drawConditions = (count: number): Float32Array => new Float32Array(count * slots.length);
  const sampler = new Sampler({
    networks,
    slots,
    classCount: classes.length,
    seed: 1,
    columns: 1,
    batch: 8,
    drawConditions,
  });
  const { tensors } = readSafetensors(readFileSync(at('expected.safetensors')));
  const [z, expected] = [tensors.get('z')?.data, tensors.get(kind)?.data] as [Float32Array, Float32Array];
  const count = z.length / generator.latent;
  const u = Float32Array.from({ length: count * slots.length }, (_, i) =>
    Math.floor(i / slots.length) % slots.length === i % slots.length ? 1 : 0,
  );
  expect(relativeError(await sampler.pictures(z, u), expected)).toBeLessThanOrEqual(1e-5);
  // The trunk is theirs, times the gain: [1, 1, 3, C] of the public [C, 3, 1, 1].
  const first = (readSafetensors(readFileSync(at(`${kind}.safetensors`))).tensors.get('D.b32.fromrgb.weight')?.data ??
    []) as Float32Array;
  const own = trainer.tensors.get('discriminator/rgb.weight')?.data ?? [];
  expect(own[1]).toBeCloseTo((first[3] ?? NaN) / Math.sqrt(3), 6);
  networks.dispose();
});

it('runs nothing that a pickle names, and says what is wrong with others', async () => {
  // A pickle that would write a file, were what it names imported.
  const harm = `import os, pickle, sys\nclass Harm:\n    def __reduce__(self):\n        return os.system, ("touch ${at('harm')}",)\npickle.dump({"G_ema": Harm()}, open(sys.argv[1], "wb"))`;
  execFileSync(torchPython(), ['-c', harm, at('harm.pkl')]);
  const refused = await extracted('harm.pkl', 'harm.safetensors');
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('it holds no generator G_ema');
  expect(() => readFileSync(at('harm'))).toThrow('ENOENT');
  writeFileSync(at('text.pkl'), 'hello');
  expect((await extracted('text.pkl', 'x')).stderr).toContain('it is no pickle of the public code');
});

it('refuses networks that the studio has not, by name', async () => {
  const { code } = await extracted('unconditional.pkl', 'whole.safetensors');
  expect(code).toBe(0);
  const { tensors, metadata } = readSafetensors(readFileSync(at('whole.safetensors')));
  const without = (name: string): Uint8Array =>
    writeSafetensors(new Map([...tensors].filter(([each]) => !each.startsWith(name))), metadata);
  expect(() => readCheckpoint(without('G_ema.synthesis.b32'))).toThrow('It draws pictures of 16 pixels');
  expect(() => readCheckpoint(without('G_ema.mapping.w_avg'))).toThrow('"G_ema.mapping.w_avg" is missing');
});
