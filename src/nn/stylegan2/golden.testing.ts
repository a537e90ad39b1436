/** What scripts/stylegan2Reference.py and scripts/stylegan2Iterations.py computed, by the group that it belongs to. */
import { readFileSync } from 'node:fs';
import { readSafetensors } from '../../formats/safetensors';
import type { NamedArray } from '../../gpu/parameter';
import { tensor, type Tensor } from '../../gpu/tensor';
import type { StyleCriticShape, StyleGeneratorShape } from './plan';

export interface Golden {
  /** @throws RangeError if there is no such number */
  numberOf(name: string): number;
  /** All arrays of a group, e.g. the parameters `g0`. @throws RangeError if there is no such group */
  arraysOf(group: string): Map<string, NamedArray>;
  /** @throws RangeError if there is none */
  arrayOf(group: string, name: string): NamedArray;
}

/** @param name of a file below src/nn/stylegan2/golden */
export function golden(name: string): Golden {
  const { tensors, metadata } = readSafetensors(readFileSync(`${import.meta.dirname}/golden/${name}.safetensors`));
  const numbers = JSON.parse(metadata.get('numbers') ?? '{}') as Record<string, number>;
  const arraysOf = (group: string): Map<string, NamedArray> => {
    const found = [...tensors].flatMap(([key, array]): [string, NamedArray][] =>
      key.startsWith(`${group}/`) && array.dtype === 'F32'
        ? [[key.slice(group.length + 1), { shape: [...array.shape], data: array.data }]]
        : [],
    );
    if (found.length === 0) throw new RangeError(`${name} has no group ${group}`);
    return new Map(found);
  };
  return {
    numberOf: (key) => {
      const value = numbers[key];
      if (value === undefined) throw new RangeError(`${name} has no ${key}`);
      return value;
    },
    arraysOf,
    arrayOf: (group, key) => {
      const array = arraysOf(group).get(key);
      if (!array) throw new RangeError(`${name} has no ${group}/${key}`);
      return array;
    },
  };
}

/** Networks, their gradients and Adam's steps by themselves. */
export const { numberOf, arraysOf, arrayOf } = golden('stylegan2');

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
