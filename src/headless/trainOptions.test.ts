import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { presets } from '../shared/config';
import { HelpRequest, UsageError } from './commandLine';
import { folderIo } from '../clip/nodeIo';
import { modelsFolder } from '../clip/testing/clipNano';
import { chosenCritic } from './clipOptions';
import { trainOptions } from './trainOptions';

const config = (...args: string[]) => trainOptions(['--data', 'x', ...args]).config;

it('reads the command line', () => {
  expect(trainOptions(['--data', 'x', '--kimg', '2.5', '--seed', '7'])).toEqual({
    data: 'x',
    reading: { matte: undefined, labelsFrom: 'auto', encoding: undefined, leaveOutCopies: false },
    out: 'runs/latest',
    clip: 'clip-lit',
    critic: undefined,
    truth: undefined,
    metrics: null,
    config: { ...presets.tiny, kimg: 2.5, seed: 7 },
  });
});

it('tells what judges samples before anything begins', async () => {
  const io = folderIo(modelsFolder);
  const { clip, critic } = trainOptions(['--data', 'x', '--clip', 'clip-lit', '--critic', 'clip-lit']);
  expect(await chosenCritic({ clip, critic }, io)).toBe('clip-lit');
  expect(await chosenCritic({ clip, critic: undefined }, io)).toBe('clip-nano');
  expect(await chosenCritic({ clip: 'clip-nano', critic: undefined }, io)).toBe('clip-nano');
  const unknown = chosenCritic({ clip, critic: 'clip-pico' }, io);
  await expect(unknown).rejects.toThrow('There is no CLIP "clip-pico"');
});

it('sets any field, the later over the earlier, and calls the result custom', () => {
  const { augment, resolution, preset, kimg } = config(
    '--set',
    'augment.mode=ada',
    '--set',
    'resolution=128',
    '--set',
    'resolution=64',
    '--set',
    'kimg=3',
    '--kimg',
    '5',
  );
  expect({ augment, resolution, preset, kimg }).toEqual({
    augment: { ...presets.tiny.augment, mode: 'ada' },
    resolution: 64,
    preset: 'custom',
    kimg: 5,
  });
});

it('lays a file over the preset, and single fields over both', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'config-')), 'config.json');
  writeFileSync(file, JSON.stringify({ generator: { width: 64 }, seed: 9 }));
  const { generator, seed } = config('--config', file, '--set', 'generator.latent=16');
  expect({ generator, seed }).toEqual({ generator: { ...presets.tiny.generator, width: 64, latent: 16 }, seed: 9 });
  writeFileSync(file, JSON.stringify({ generator: { depth: 3 } }));
  expect(() => config('--config', file)).toThrow('There is no field "generator.depth"');
  writeFileSync(file, JSON.stringify(presets.cifar));
  expect(config('--config', file)).toEqual({ ...presets.cifar, preset: 'custom' });
  // As the studio wrote it before there was a second base model.
  const { base: _, ...first } = presets.cifar;
  writeFileSync(file, JSON.stringify({ ...first, version: 1 }));
  expect(config('--config', file)).toEqual({ ...presets.cifar, preset: 'custom' });
});

it('takes either base model, by name, preset or file', () => {
  expect(config('--base', 'stylegan2')).toEqual(presets.stylegan2Tiny);
  expect(config('--preset', 'stylegan2')).toEqual(presets.stylegan2);
  expect(config('--base', 'stylegan2', '--set', 'r1.gamma=2')).toMatchObject({ preset: 'custom', r1: { gamma: 2 } });
  const file = join(mkdtempSync(join(tmpdir(), 'config-')), 'config.json');
  writeFileSync(file, JSON.stringify({ base: 'stylegan2', channels: { base: 256 } }));
  expect(config('--config', file)).toMatchObject({ base: 'stylegan2', channels: { base: 256, most: 32 } });
  expect(() => config('--config', file, '--base', 'biggan')).toThrow('is a configuration of stylegan2');
});

it.each([
  [[], 'Where are the pictures?'],
  [['--data', 'x', '--nonsense'], 'There is no option --nonsense.'],
  [['--data', '--out', 'y'], '--data wants a value: --data PATH.'],
  [['--data', 'x', 'y'], '"y" belongs to no option.'],
  [['--data', 'x', '--preset', 'huge'], 'There is no preset "huge".'],
  [['--data', 'x', '--preset', 'toString'], 'There is no preset "toString".'],
  [['--data', 'x', '--batch', 'many'], '"batch" takes a whole number of at least 2, not "many".'],
  [['--data', 'x', '--set', 'batch=1'], '"batch" takes a whole number of at least 2, not "1".'],
  [['--data', 'x', '--set', 'preset=cifar'], '--preset chooses it'],
  [['--data', 'x', '--config', 'nowhere.json'], '--config nowhere.json cannot be read'],
  [['--data', 'x', '--set', 'base=stylegan2'], '--base chooses it'],
  [['--data', 'x', '--base', 'dcgan'], 'There is no base model "dcgan". There are: biggan, stylegan2.'],
  [['--data', 'x', '--base', 'stylegan2', '--preset', 'standard'], '--preset standard belongs to biggan'],
  [['--data', 'x', '--metrics', '5'], '--metrics takes a whole number of at least 20, not "5".'],
])('refuses %j', (args, words) => {
  expect(() => trainOptions(args)).toThrow(UsageError);
  expect(() => trainOptions(args)).toThrow(words);
});

it('says what it takes', () => {
  const asked = () => trainOptions(['--help']);
  expect(asked).toThrow(HelpRequest);
  for (const words of [
    '--metrics-every KIMG',
    'smallest (tiny, stylegan2Tiny)',
    'augment.mode',
    'one of diffAugment, ada, none',
  ])
    expect(asked).toThrow(words);
});
