/**
 * The backend that is in use: set by `createEngine`, cleared when that engine is disposed. One at a time in a process.
 */
import type { StudioBackend } from './backend';

const current: { backend: StudioBackend | null } = { backend: null };

export function setCurrentBackend(backend: StudioBackend | null): void {
  current.backend = backend;
}

/** @throws Error when no engine exists (a fault in the program) */
export function currentBackend(): StudioBackend {
  if (!current.backend) throw new Error('no GPU engine: call createEngine first');
  return current.backend;
}
