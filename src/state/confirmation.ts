/** What would lose the work of minutes is asked about first: the question in the state, and what a yes then does. */
import type { StudioCore } from './studioCore';
import { wouldLoseWork, type Question } from './studioState';

/** What a run of less than this has made is given up without a question. */
const worthAskingMilliseconds = 10 * 60_000;

export class Confirmation {
  private confirmed: () => void | Promise<void> = () => undefined;

  constructor(private readonly core: StudioCore) {}

  /** Whether minutes of work would be gone. */
  get wouldLoseMuch(): boolean {
    const { state, ports } = this.core;
    const { startedAt } = state.run;
    return wouldLoseWork(state) && startedAt !== null && ports.now() - startedAt >= worthAskingMilliseconds;
  }

  /** Asks; `confirmed` is done when the answer is yes. A later question takes the place of an earlier one. */
  ask(question: Question, confirmed: () => void | Promise<void>): void {
    this.confirmed = confirmed;
    this.core.update((state) => {
      state.question = question;
    });
  }

  /** The user's answer: true does what was asked about, false leaves everything as it is. */
  async answer(yes: boolean): Promise<void> {
    const { question } = this.core.state;
    const { confirmed } = this;
    this.confirmed = () => undefined;
    this.core.update((state) => {
      state.question = null;
    });
    if (yes && question) await confirmed();
  }
}
