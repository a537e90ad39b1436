/**
 * Measuring samples of the networks as they are, from outside the training loop. What goes wrong is told where it was
 * asked for.
 */
import type { EvaluationSource } from '../session/protocol/commands';
import { toErrorInfo } from '../shared/errors';
import type { StudioCore } from './studioCore';

/** The same at every measurement, so that points of a run differ by its networks alone. */
const seed = 1;

export class Measuring {
  /** Whether the user gave up the measurement that is going on. */
  private cancelled = { yes: false };

  constructor(private readonly core: StudioCore) {}

  /** Reads which evaluation networks can be had, once. */
  async listNetworks(): Promise<void> {
    if (this.core.state.evaluationNetworks) return;
    const networks = await this.core.ports.listEvaluationNetworks().catch(() => []);
    this.core.update((state) => {
      state.evaluationNetworks = networks;
    });
  }

  async measure(network: EvaluationSource, samples: number): Promise<void> {
    const { session, state: before } = this.core;
    if (!session || before.run.measuring) return;
    this.core.update(({ run }) => {
      Object.assign(run, { measuring: { label: 'Beginning', done: 0 }, measureProblem: null });
    });
    const cancelled = (this.cancelled = { yes: false });
    const problem = await session.evaluate({ network, samples, seed }).then(() => null, toErrorInfo);
    if (session !== this.core.session) return;
    this.core.flush();
    this.core.update(({ run }) => {
      Object.assign(run, { measuring: null, measureProblem: cancelled.yes ? null : problem });
    });
  }

  async cancel(): Promise<void> {
    this.cancelled.yes = true;
    await this.core.session?.cancelEvaluation().catch(() => undefined);
  }
}
