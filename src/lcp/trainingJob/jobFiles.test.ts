import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { presets } from '../../shared/config';
import { randomCheckpoint } from '../checkpoint/checkpoint.testing';
import { jobFiles, type JobInput } from './jobFiles';
import { jobSources } from './jobSources';

it('refuses a base model that PyTorch cannot train yet, by its name', async () => {
  const checkpoint = { ...randomCheckpoint(1, false), config: presets.stylegan2Tiny };
  const tower = { onnx: new Uint8Array(), imageSize: 32, mean: [0, 0, 0], std: [1, 1, 1] };
  const input = { checkpoint, pixels: new Uint8Array(), population: new Uint32Array(), tower } as unknown as JobInput;
  await expect(jobFiles(input)).rejects.toThrow('cannot be written for StyleGAN2-ADA yet');
});

it('has every file of the program', async () => {
  const names = [...(await jobSources()).keys()].filter((name) => name.startsWith('lcpgan/'));
  const there = readdirSync(fileURLToPath(new URL('lcpgan', import.meta.url))).filter((name) => name.endsWith('.py'));
  expect(names.toSorted()).toEqual(there.map((name) => `lcpgan/${name}`).toSorted());
});
