/** A Python that has PyTorch: the environment's PYTHON, else the first of the usual ones that can import it. */
import { spawn, spawnSync } from 'node:child_process';
import { StudioError } from '../shared/errors';

const usual = ['python3', '/usr/bin/python3', 'python'];

/** Whether each can import PyTorch, which takes it a second. */
const known = new Map<string, boolean>();

function hasTorch(python: string): boolean {
  const found = known.get(python) ?? spawnSync(python, ['-c', 'import torch, numpy'], { stdio: 'ignore' }).status === 0;
  known.set(python, found);
  return found;
}

/** @throws StudioError 'protocol' where there is none */
export function torchPython(): string {
  const candidates = process.env.PYTHON ? [process.env.PYTHON] : usual;
  const found = candidates.find(hasTorch);
  if (found !== undefined) return found;
  throw new StudioError({
    code: 'protocol',
    what: 'There is no Python with PyTorch here.',
    why: `None of these can import torch and numpy: ${candidates.join(', ')}.`,
    action: 'Install PyTorch (any from 1.13 on), or set PYTHON to a Python that has it.',
  });
}

/**
 * Runs a program to its end. @param onLine each line of its output. @throws StudioError 'protocol' with the last thing
 * that it said, where it fails
 */
export async function runTorch(args: readonly string[], onLine: (line: string) => void): Promise<void> {
  const child = spawn(torchPython(), args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let last = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      for (const line of text.split('\n').filter((each) => each !== '')) {
        last = line;
        onLine(line);
      }
    });
  }
  const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
  if (code === 0) return;
  throw new StudioError({
    code: 'protocol',
    what: 'The training in PyTorch did not come to its end.',
    why: last === '' ? `It ended with ${code}.` : last,
    action: 'Give the same command again: it goes on where it was.',
  });
}
