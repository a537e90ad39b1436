/**
 * Measuring samples of the networks as they are, from outside the training loop. What goes wrong is told where it was
 * asked for.
 */
import type { EvaluationSource } from '../session/protocol/commands';
import { toErrorInfo } from '../shared/errors';
import type { StudioCore } from './studioCore';

/** The same at every measurement, so that points of a run differ by its networks alone. */
const seed = 1;

export class Evaluating {
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

  async evaluate(network: EvaluationSource, samples: number): Promise<void> {
    const { session, state: before } = this.core;
    if (!session || before.run.evaluating) return;
    this.core.update(({ run }) => {
      Object.assign(run, { evaluating: { label: 'Beginning', done: 0 }, evaluationProblem: null });
    });
    const cancelled = (this.cancelled = { yes: false });
    const problem = await session.evaluate({ network, samples, seed }).then(() => null, toErrorInfo);
    if (session !== this.core.session) return;
    this.core.flush();
    this.core.update(({ run }) => {
      Object.assign(run, { evaluating: null, evaluationProblem: cancelled.yes ? null : problem });
    });
  }

  async cancel(): Promise<void> {
    this.cancelled.yes = true;
    await this.core.session?.cancelEvaluation().catch(() => undefined);
  }
}
