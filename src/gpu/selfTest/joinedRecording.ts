/**
 * Like `Recording`, but with kernels joined as a training step has them: code that no operation has on its own. What
 * the device refuses makes `plan` answer null here too. Plan one at a time: everything that the device refuses
 * meanwhile is taken for this one's fault.
 */
import { compileStep, type Step } from '../capture/plan';

export class JoinedRecording {
  private readonly step: Step<never>;

  /** @param body run when the plan is made; its results must be copied to tensors from outside */
  constructor(
    private readonly device: GPUDevice,
    name: string,
    body: () => void,
  ) {
    const silent = (): Record<string, never> => {
      body();
      return {};
    };
    this.step = compileStep({ name, inputs: {}, body: silent });
  }

  async plan(): Promise<{ run: () => void } | null> {
    this.device.pushErrorScope('validation');
    const prepared = await this.step.prepare().then(
      () => true,
      () => false,
    );
    const refused = await this.device.popErrorScope();
    return prepared && refused === null ? { run: () => this.step.run({}) } : null;
  }

  dispose(): void {
    this.step.dispose();
  }
}
