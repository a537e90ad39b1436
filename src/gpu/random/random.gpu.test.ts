import { describe, expect, it } from 'vitest';
import { CounterRandom } from '../../shared/rng';
import { randomBits, randomNormal, randomUniform } from './random';
import { scalar } from '../tensor';
import { testEngine } from '../testing/testEngine';

const hex = (words: ArrayLike<number>): string =>
  Array.from(words, (word) => (word >>> 0).toString(16).padStart(8, '0')).join(' ');

describe('random tensors', () => {
  it('give the known answer of the generator', async () => {
    await testEngine();
    const bits = randomBits([4], { seed: 0, stream: 0, step: scalar(0, 'int32') });
    expect(hex(await bits.data())).toBe('6627e8d5 e169c58d bc57ac4c 9b00dbd8');
  });

  it.each([1, 3, 4, 5, 63, 64, 65, 1000])('equal the CPU’s words and uniforms, %i of them', async (n) => {
    await testEngine();
    const key = { seed: 0xdeadbeef, stream: 0xffffffff, step: scalar(123_456, 'int32') };
    const cpu = new CounterRandom(0xdeadbeef, 0xffffffff, 123_456);
    const words = Uint32Array.from({ length: n }, () => cpu.word());
    expect(hex(await randomBits([n], key).data())).toBe(hex(words));
    expect([...(await randomUniform([n], key).data())]).toEqual([...words].map((word) => (word >>> 8) / 2 ** 24));
  });

  it('equal the CPU’s normals to rounding', async () => {
    await testEngine();
    const normals = [...(await randomNormal([200, 101], { seed: 1, stream: 2, step: scalar(3, 'int32') }).data())];
    const cpu = new CounterRandom(1, 2, 3);
    const worst = normals.reduce((most, value) => Math.max(most, Math.abs(value - cpu.normal())), 0);
    expect(worst).toBeLessThan(3e-6);
  });

  it('change with seed, stream and step', async () => {
    await testEngine();
    const keys = [
      [1, 1, 1],
      [2, 1, 1],
      [1, 2, 1],
      [1, 1, 2],
    ] as const;
    const first = await Promise.all(
      keys.map(async ([seed, stream, step]) =>
        hex(await randomBits([1], { seed, stream, step: scalar(step, 'int32') }).data()),
      ),
    );
    expect(new Set(first).size).toBe(4);
  });
});
