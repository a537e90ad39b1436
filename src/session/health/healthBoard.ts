/**
 * The findings of all health checks as they stand: told to the page when they change, and as a notice when something
 * calls for action.
 */
import { healthCodes, unknown, type HealthCode, type HealthFinding } from '../../lcp/health/health';
import type { Event } from '../protocol/events';

const early = 'Judged from a quarter of the run on.';

/** What is said before a check has had its say. */
const waiting: Record<HealthCode, string> = {
  collapse: early,
  'over-fitting': early,
  copies: early,
  'dropped-clusters': early,
  'clip-overpowers': 'The CLIP critic has not joined yet.',
  'pseudo-labels': 'Labels have not been inferred yet.',
  prompts: 'No prompts have been learnt yet.',
  stability: 'Training has not begun yet.',
  'little-data': 'The pictures have not been counted yet.',
};

/** Numbers that move all the time are shown about once a second; a state that changes, at once. */
const refreshMs = 1000;

export class HealthBoard {
  private readonly current = new Map<HealthCode, HealthFinding>(
    healthCodes.map((code) => [code, unknown(code, waiting[code])]),
  );
  /** Checks that called for action and have not been better since. */
  private readonly told = new Set<HealthCode>();
  private shownAt = Number.NEGATIVE_INFINITY;
  private shown = '';

  constructor(
    private readonly emit: (event: Event) => void,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** All findings, in their order. */
  get findings(): HealthFinding[] {
    return [...this.current.values()];
  }

  set(finding: HealthFinding): void {
    const changed = this.current.get(finding.code)?.state !== finding.state;
    this.current.set(finding.code, finding);
    this.tell(finding);
    if (changed || this.now() - this.shownAt >= refreshMs) this.show();
  }

  /** Shows what has not been shown yet. */
  show(): void {
    const { findings } = this;
    const text = JSON.stringify(findings);
    if (text === this.shown) return;
    this.shown = text;
    this.shownAt = this.now();
    this.emit({ type: 'health', findings });
  }

  /**
   * Says what calls for action once; again only after it has been right in between. Rollbacks have a notice of their
   * own.
   */
  private tell({ code, state, text, action }: HealthFinding): void {
    if (state === 'fine') this.told.delete(code);
    const alarming = state === 'act' || (state === 'watch' && code === 'little-data');
    if (!alarming || this.told.has(code) || code === 'stability') return;
    this.told.add(code);
    this.emit({ type: 'notice', tone: 'warning', code, text, action });
  }
}
