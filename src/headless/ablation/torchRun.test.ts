import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { presets } from '../../shared/config';
import { runTorch, torchPython } from '../torchPython';
import { planRuns } from './plan';
import { fingerprintOf } from './result';
import { arrayScript, isTrained } from './torchRun';

const folder = mkdtempSync(join(tmpdir(), 'torch-run-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('a Slurm array of runs', () => {
  it('starts the task’s own run, with what was added, whatever its folder is called', () => {
    const runs = ['one', "two's and more"].map((name) => join(folder, name));
    for (const run of runs) mkdirSync(join(run, 'job'), { recursive: true });
    const script = join(folder, 'array.sbatch');
    writeFileSync(script, arrayScript(runs));
    const python = join(folder, 'python');
    writeFileSync(python, '#!/bin/bash\nprintf "%s\\n" "$@"\n');
    chmodSync(python, 0o755);
    const env = { ...process.env, PYTHON: python, SLURM_ARRAY_TASK_ID: '1', SLURM_SUBMIT_DIR: folder };
    const said = execFileSync('bash', [script, '--precision', 'float32'], { env, encoding: 'utf8' });
    expect(said.trim().split('\n')).toEqual([join(runs[1] ?? '', 'job', 'train.py'), '--precision', 'float32']);
    expect(readFileSync(script, 'utf8')).toContain('#SBATCH --array=0-1\n');
  });
});

describe('a run on PyTorch', () => {
  const [run] = planRuns(presets.tiny, ['full'], 1);
  if (!run) throw new Error('no run');

  it('is never taken for one of the studio’s own', () => {
    const judged = { labels: 0.2, clip: 'clip-nano', samples: 100, network: 'resnet50-imagenet' };
    const own = fingerprintOf(run, ['a'], judged);
    expect(fingerprintOf(run, ['a'], { ...judged, engine: 'webgpu' })).toBe(own);
    expect(fingerprintOf(run, ['a'], { ...judged, engine: 'pytorch' })).not.toBe(own);
  });

  it('is not trained before there is a checkpoint', () => {
    expect(isTrained(run, join(folder, 'one'))).toBe(false);
  });

  it('tells each line, and why it failed', async () => {
    const lines: string[] = [];
    const python = torchPython();
    await runTorch(['-c', 'print("0.50 kimg"); print("finished")'], (line) => lines.push(line));
    expect(lines).toEqual(['0.50 kimg', 'finished']);
    await expect(runTorch(['-c', 'raise SystemExit("no space is left")'], () => undefined)).rejects.toMatchObject({
      info: { why: 'no space is left' },
    });
    vi.stubEnv('PYTHON', join(folder, 'nowhere'));
    expect(() => torchPython()).toThrow(/no Python with PyTorch/);
    vi.unstubAllEnvs();
    expect(torchPython()).toBe(python);
  });
});
