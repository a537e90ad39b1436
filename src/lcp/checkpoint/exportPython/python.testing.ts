/**
 * Runs the exported Python file in a Python that has PyTorch: the environment's PYTHON, else the first of the usual
 * ones that can import it.
 */
import { execFile, spawnSync } from 'node:child_process';

const found: { python: string | null } = { python: null };

/** @throws Error when no Python has PyTorch: the test that needs it fails rather than being left out */
export function torchPython(): string {
  const asked = process.env.PYTHON;
  const candidates = asked ? [asked] : ['/usr/bin/python3', 'python3', 'python'];
  found.python ??=
    candidates.find((python) => spawnSync(python, ['-c', 'import torch, numpy'], { stdio: 'ignore' }).status === 0) ??
    null;
  if (found.python === null)
    throw new Error(`none of ${candidates.join(', ')} can import torch; set PYTHON to one that can`);
  return found.python;
}

export interface PythonResult {
  code: number;
  stdout: string;
  stderr: string;
}

export function runPython(
  args: readonly string[],
  cwd: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<PythonResult> {
  // One thread: test machines have few cores, and these networks are tiny.
  const env = { ...process.env, OMP_NUM_THREADS: '1', PYTHONDONTWRITEBYTECODE: '1', ...environment };
  return new Promise((resolve, reject) => {
    const child = execFile(torchPython(), args, { cwd, env, timeout: 300_000 }, (error, stdout, stderr) => {
      if (error && typeof error.code !== 'number') reject(error);
      else resolve({ code: child.exitCode ?? -1, stdout, stderr });
    });
  });
}
