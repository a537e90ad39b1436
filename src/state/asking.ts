/** Comparing the pictures with a person's words. What goes wrong is told where it was asked. */
import { toErrorInfo } from '../shared/errors';
import type { StudioCore } from './studioCore';

export class Asking {
  constructor(private readonly core: StudioCore) {}

  async askClip(texts: readonly string[]): Promise<void> {
    const { session, state: before } = this.core;
    if (!session || before.run.asking || texts.length === 0) return;
    this.core.update(({ run }) => {
      Object.assign(run, { asking: texts, askProblem: null });
    });
    const problem = await session.score({ texts: [...texts] }).then(() => null, toErrorInfo);
    // Another run, or other pictures, may have come meanwhile.
    if (this.core.state.run.asking !== texts) return;
    this.core.flush();
    this.core.update(({ run }) => {
      Object.assign(run, { asking: null, askProblem: problem });
    });
  }
}
