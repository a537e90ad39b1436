/** Writes a prepared run as a training job's folder, and ends it: PyTorch goes on. A run that cannot be one ends, too. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Session } from '../session/session';

export async function writeJob(session: Pick<Session, 'handle'>, folder: string): Promise<void> {
  try {
    const job = await session.handle({ type: 'trainingJob', id: 8 });
    for (const { name, bytes } of job?.files ?? []) {
      const path = join(folder, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, new Uint8Array(bytes));
    }
    console.log(`A training job is in ${folder}: python3 ${join(folder, 'train.py')}`);
  } finally {
    await session.handle({ type: 'stop', id: 9 });
  }
}
