/**
 * Charts are drawn one after the other, each in a task of its own: all at once they would hold up the page for longer
 * than a person fails to notice.
 */

const waiting = new Map<object, () => void>();
let scheduled = false;

function schedule(): void {
  if (scheduled || waiting.size === 0) return;
  scheduled = true;
  setTimeout(() => {
    scheduled = false;
    const [next] = waiting;
    if (!next) return;
    const [owner, draw] = next;
    waiting.delete(owner);
    // Before the drawing, which may fail.
    schedule();
    draw();
  }, 0);
}

/** Of one owner only the newest drawing counts. */
export function drawSoon(owner: object, draw: () => void): void {
  waiting.set(owner, draw);
  schedule();
}

/** Drops what waits: for an owner that is gone. */
export function drawNoMore(owner: object): void {
  waiting.delete(owner);
}
