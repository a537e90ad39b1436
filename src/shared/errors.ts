/**
 * The one error class that may reach a person. Every failure that a user can cause or meet is a `StudioError`: it says
 * what happened, why, and what to do next, and carries a stable code that diagnostics and tests can rely on. Errors
 * cross the worker boundary as plain data (`toErrorInfo` / `fromErrorInfo`).
 */

export const errorCodes = [
  'webgpu-missing',
  'adapter-missing',
  'device-lost',
  'out-of-memory',
  'gpu-validation',
  'gpu-untrusted',
  'capture-failed',
  'clip-missing',
  'clip-damaged',
  'clip-unsupported',
  'clip-mismatch',
  'clip-download',
  'evaluation-missing',
  'evaluation-unsupported',
  'folder-empty',
  'no-labels',
  'too-few-images',
  'too-many-images',
  'no-readable-images',
  'config-invalid',
  'diverged',
  'storage',
  'format',
  'protocol',
  'internal',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/** What a person is told. `detail` is for copyable diagnostics and never holds file names. */
export interface ErrorInfo {
  code: ErrorCode;
  /** What happened, one plain sentence. */
  what: string;
  /** Why it happened, as far as it is known; may be empty. */
  why: string;
  /** What to do next, an instruction. */
  action: string;
  detail?: string | undefined;
}

export class StudioError extends Error {
  readonly info: ErrorInfo;

  constructor(info: ErrorInfo, options?: ErrorOptions) {
    super(`${info.what} ${info.why} ${info.action}`.replace(/\s+/g, ' ').trim(), options);
    this.name = 'StudioError';
    this.info = info;
  }
}

/**
 * Turns anything thrown into `ErrorInfo`; what is not a `StudioError` becomes an `internal` one that keeps its message.
 */
export function toErrorInfo(thrown: unknown): ErrorInfo {
  if (thrown instanceof StudioError) return thrown.info;
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  return {
    code: 'internal',
    what: 'Something went wrong inside the studio.',
    why: error.message,
    action: 'Your data are untouched. Try again; if it happens twice, copy the diagnostics into a report.',
    detail: error.stack,
  };
}

export function fromErrorInfo(info: ErrorInfo): StudioError {
  return new StudioError(info);
}
