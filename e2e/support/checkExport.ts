/** An export as its receiver has it: the files alone, and PyTorch. */
import { expect } from '@playwright/test';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** PyTorch must draw from the files what the studio drew. @param files by name, out of the zip */
export function checkExport(files: ReadonlyMap<string, Uint8Array>): void {
  const names = [...files.keys()];
  const checkpoint = names.find((name) => name.endsWith('.safetensors'));
  const loader = names.find((name) => name.endsWith('.py'));
  expect(checkpoint).toBeDefined();
  expect(loader).toBeDefined();
  const folder = mkdtempSync(join(tmpdir(), 'lcp-gan-export-'));
  try {
    for (const [name, bytes] of files) writeFileSync(join(folder, name), bytes);
    const python = process.env.PYTHON ?? 'python3';
    const output = execFileSync(python, [join(folder, loader ?? ''), join(folder, checkpoint ?? ''), '--check'], {
      encoding: 'utf8',
    });
    expect(output).toContain("The pictures are the studio's.");
    execFileSync(python, [
      join(folder, loader ?? ''),
      join(folder, checkpoint ?? ''),
      '--samples',
      join(folder, 'grid.png'),
    ]);
    expect(readFileSync(join(folder, 'grid.png')).subarray(1, 4).toString('latin1')).toBe('PNG');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
