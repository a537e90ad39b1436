/**
 * Work recorded once for a plan of its own, outside of any step: for measuring and checking kernels. What the device
 * refuses does not reach the engine's error listeners but makes `plan` answer null.
 */
import type { StudioBackend } from '../backend';
import { withoutDeadCode } from './deadCode';
import { makePlan } from './makePlan';
import type { Replay } from './replay';
import { StepTracer } from './tracer';

/** Does something on the device at once. @returns its result, and whether the device took every command */
function validated<T>(device: GPUDevice, action: () => T): { value: T; valid: Promise<boolean> } {
  device.pushErrorScope('validation');
  try {
    const value = action();
    return { value, valid: device.popErrorScope().then((error) => error === null) };
  } catch (error) {
    void device.popErrorScope();
    throw error;
  }
}

export class Recording {
  private readonly tracer: StepTracer;
  private readonly recorded: Promise<boolean>;
  private replay: Replay | null = null;

  /**
   * Runs `body`, whose results must be copied to tensors from outside and whose tensors must be gone at its end.
   * @throws whatever it throws
   */
  constructor(
    private readonly backend: StudioBackend,
    name: string,
    body: () => void,
  ) {
    const tracer = new StepTracer(backend, name);
    this.tracer = tracer;
    backend.flush();
    const { value: failure, valid } = validated(backend.device, () => {
      backend.tracer = tracer;
      try {
        body();
      } catch (error) {
        tracer.release();
        throw error;
      } finally {
        backend.tracer = null;
      }
      return tracer.finish();
    });
    backend.flush(); // uploads of tensors that the body met for the first time
    this.recorded = valid.then((taken) => taken && failure === null);
  }

  /**
   * The plan, its kernels compiled in parallel and without blocking; null where the device or the tracer refuses it.
   */
  async plan(): Promise<Replay | null> {
    const { device } = this.backend;
    const commands = withoutDeadCode(this.tracer.commands);
    await Promise.all(
      commands.map((command) => (command.kind === 'dispatch' ? command.pipeline.ready(device) : undefined)),
    );
    if (!(await this.recorded)) return null;
    const { value, valid } = validated(device, () => makePlan(device, commands));
    this.replay = value;
    return (await valid) ? value : null;
  }

  dispose(): void {
    this.replay?.dispose();
    this.tracer.release();
  }
}
