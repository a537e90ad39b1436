/**
 * GPU failures in the words of `StudioError`. WebGPU reports them asynchronously and in developers' language; the
 * engine turns every one that reaches it into an error with a stable code, so that training stops instead of going on
 * with stale memory.
 */
import { StudioError } from '../../shared/errors';

/** An uncaptured error of the device: out of memory, or a command that WebGPU refused. */
export function fromGpuError(error: GPUError): StudioError {
  if (error instanceof GPUOutOfMemoryError) {
    return new StudioError({
      code: 'out-of-memory',
      what: 'The GPU ran out of memory.',
      why: 'The networks and the batch together need more than this GPU has free.',
      action: 'Choose a smaller batch or a smaller preset, and close other programs or tabs that use the GPU.',
      detail: error.message,
    });
  }
  return new StudioError({
    code: 'gpu-validation',
    what: 'The GPU refused a command.',
    why: firstLine(error.message),
    action:
      'The run was stopped so that no wrong numbers enter it. Reload the page; if it happens again, copy the diagnostics into a report.',
    detail: error.message,
  });
}

/** The device is gone: driver reset, GPU process crash, or another tab's fault. */
export function deviceLost(info: GPUDeviceLostInfo): StudioError {
  return new StudioError({
    code: 'device-lost',
    what: 'The connection to the GPU was lost.',
    why: info.message === '' ? 'The driver or the browser reset it.' : firstLine(info.message),
    action: 'Start again from the last checkpoint; if it keeps happening, choose a smaller batch.',
    detail: `${info.reason}: ${info.message}`,
  });
}

/** Milliseconds to wait for a device's own account after one of its promises was rejected. */
const lossGrace = 200;

/** Why a read-back was rejected: usually because the device is gone. */
export async function readFailure(device: GPUDevice, reason: unknown): Promise<unknown> {
  const nothing = new Promise<null>((resolve) => setTimeout(() => resolve(null), lossGrace));
  const info = await Promise.race([device.lost, nothing]);
  return info ? deviceLost(info) : reason;
}

/** A step that cannot be recorded; `reason` names the operation and, where it is known, the line. */
export function captureFailed(step: string, reason: string, detail?: string): StudioError {
  return new StudioError({
    code: 'capture-failed',
    what: `The step "${step}" cannot be captured.`,
    why: reason,
    action: 'This is a fault in the program: compile the step with eager: true, or remove the operation from its body.',
    ...(detail === undefined ? {} : { detail }),
  });
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0]?.trim() ?? '';
}
