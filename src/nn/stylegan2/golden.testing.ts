/** What scripts/stylegan2Reference.py computed, by the group that it belongs to. */
import { readFileSync } from 'node:fs';
import { readSafetensors } from '../../formats/safetensors';
import type { NamedArray } from '../../gpu/parameter';
import { tensor, type Tensor } from '../../gpu/tensor';
import type { StyleCriticShape, StyleGeneratorShape } from './plan';

const { tensors, metadata } = readSafetensors(readFileSync(`${import.meta.dirname}/golden/stylegan2.safetensors`));

/** Sizes, constants, and losses. */
export const numbers = JSON.parse(metadata.get('numbers') ?? '{}') as Record<string, number>;

/** @throws RangeError if there is no such number */
export function numberOf(name: string): number {
  const value = numbers[name];
  if (value === undefined) throw new RangeError(`the golden file has no ${name}`);
  return value;
}

/** All arrays of a group, e.g. the parameters `g0`. */
export function arraysOf(group: string): Map<string, NamedArray> {
  const found = [...tensors].flatMap(([name, array]): [string, NamedArray][] =>
    name.startsWith(`${group}/`) && array.dtype === 'F32'
      ? [[name.slice(group.length + 1), { shape: [...array.shape], data: array.data }]]
      : [],
  );
  if (found.length === 0) throw new RangeError(`the golden file has no group ${group}`);
  return new Map(found);
}

/** @throws RangeError if there is none */
export function arrayOf(group: string, name: string): NamedArray {
  const array = arraysOf(group).get(name);
  if (!array) throw new RangeError(`the golden file has no ${group}/${name}`);
  return array;
}

export function tensorOf<T extends Tensor>(group: string, name: string): T {
  const { data, shape } = arrayOf(group, name);
  return tensor(data, shape as [number]) as Tensor as T;
}

const size = {
  classCount: numberOf('classCount'),
  slotCount: numberOf('slotCount'),
  resolution: numberOf('resolution'),
  channelBase: numberOf('channels') * numberOf('resolution'),
  channelMost: numberOf('channels'),
};
export const goldenGenerator: StyleGeneratorShape = { ...size, latent: numberOf('latent'), mappingLayers: 2 };
export const goldenCritic: StyleCriticShape = { ...size, deviationGroup: numberOf('group') };
