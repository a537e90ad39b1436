import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { generatorLoader } from './generatorLoader';
import bundled from './lcpgan_generator.py?raw';

const file = readFileSync(`${import.meta.dirname}/lcpgan_generator.py`, 'utf8');

it('gives the Python file under Node, and the bundler’s copy is the same', async () => {
  expect(await generatorLoader()).toBe(file);
  expect(bundled).toBe(file);
});

it('gives it in a program that runs without the bundler', () => {
  const script = `import { generatorLoader } from ${JSON.stringify(`${import.meta.dirname}/generatorLoader.ts`)}; process.stdout.write(await generatorLoader());`;
  const output = execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    encoding: 'utf8',
    cwd: process.cwd(),
  });
  expect(output).toBe(file);
});
