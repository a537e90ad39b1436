/**
 * Keeps a page responsive during long work. Answers of the browser's file interfaces arrive as a stream of tasks that
 * Chromium runs before it draws: listing 20,000 files froze the page for seven seconds although every single step was
 * short. Work therefore stops and lets everything else have a turn when it has had the thread for about a frame and a
 * half.
 */

const TURN_MS = 24;

export class Breather {
  private since = performance.now();
  private pause: Promise<void> | null = null;

  /**
   * Awaited between two steps: returns at once, or after the others have had their turn. All callers share the same
   * pause.
   */
  breathe(): Promise<void> | null {
    if (this.pause === null && performance.now() - this.since > TURN_MS) {
      this.pause = new Promise((resolve) => {
        setTimeout(() => {
          this.pause = null;
          this.since = performance.now();
          resolve();
        }, 0);
      });
    }
    return this.pause;
  }
}
