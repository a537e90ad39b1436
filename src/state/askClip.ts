/** Comparing the pictures with a person's words. What goes wrong is told where it was asked. */
import { toErrorInfo } from '../shared/errors';
import type { StudioCore } from './studioCore';

export class AskClip {
  constructor(private readonly core: StudioCore) {}

  async ask(texts: readonly string[]): Promise<void> {
    const { session, state: before } = this.core;
    if (!session || before.run.askingClip || texts.length === 0) return;
    this.core.update(({ run }) => {
      Object.assign(run, { askingClip: texts, askClipProblem: null });
    });
    const problem = await session.askClip({ texts: [...texts] }).then(() => null, toErrorInfo);
    // Another run, or other pictures, may have come meanwhile.
    if (this.core.state.run.askingClip !== texts) return;
    this.core.flush();
    this.core.update(({ run }) => {
      Object.assign(run, { askingClip: null, askClipProblem: problem });
    });
  }
}
