/**
 * A run as lines for a person at a terminal: progress once a second, labels, warnings, and how healthy the run was when
 * it ended. Keeps what the command line needs afterwards: the first and last sample grid, and why the run failed.
 */
import { itemsOfImages } from '../data/imageMap';
import { namesOf, toldTogether, type HealthFinding } from '../lcp/health/health';
import type { Score } from '../shared/domain';
import { StudioError } from '../shared/errors';
import type { ImportItem } from '../session/protocol/commands';
import type { Event, EventOf } from '../session/protocol/events';
import type { Truth } from './truth';

export interface RunConsoleOptions {
  /** The import's items, in order. */
  items: readonly ImportItem[];
  truth: Truth | null;
  print?: (line: string) => void;
  now?: () => number;
}

const progressEveryMs = 1000;
const healthWords = { act: 'ACT', watch: 'watch', fine: 'fine', unknown: 'not judged' } as const;

export class RunConsole {
  firstGrid: EventOf<'samples'> | null = null;
  lastGrid: EventOf<'samples'> | null = null;
  failure: StudioError | null = null;
  /** Resolves when the run has finished, stopped or failed. */
  readonly ended: Promise<void>;
  private end: () => void = () => undefined;
  private readonly print: (line: string) => void;
  private readonly now: () => number;
  private lastLine = Number.NEGATIVE_INFINITY;
  private losses = '';
  private decoded: Uint32Array = new Uint32Array(0);
  private health: HealthFinding[] = [];

  constructor(private readonly options: RunConsoleOptions) {
    this.print = options.print ?? ((line) => console.log(line));
    this.now = options.now ?? (() => Date.now());
    this.ended = new Promise((resolve) => {
      this.end = resolve;
    });
  }

  readonly take = (event: Event): void => {
    switch (event.type) {
      case 'progress':
        return this.progress(event);
      case 'stats':
        return this.stats(event);
      case 'samples':
        this.firstGrid ??= event;
        this.lastGrid = event;
        return;
      case 'dataset':
        this.decoded = event.decoded;
        return;
      case 'labels':
        return this.labels(event);
      case 'prompts':
        return this.prompts(event);
      case 'health':
        this.health = event.findings;
        return;
      case 'notice':
        return this.print(`${event.tone.padEnd(9)} ${event.text} ${event.action}`.trimEnd());
      case 'failed':
        this.failure = new StudioError(event.error);
        return;
      case 'state':
        return this.state(event);
      default:
    }
  };

  private progress({ phase, label, done, total, unit, secondsLeft }: EventOf<'progress'>): void {
    const now = this.now();
    if (now - this.lastLine < progressEveryMs && done < total) return;
    this.lastLine = now;
    const left = secondsLeft === null ? '' : `, ${Math.ceil(secondsLeft)} s left`;
    this.print(
      `${phase.padEnd(9)} ${label}: ${Number(done.toFixed(3))}${total > 0 ? ` of ${total}` : ''} ${unit}${left}${phase === 'train' ? this.losses : ''}`,
    );
  }

  private stats({ points }: EventOf<'stats'>): void {
    const { lossD, lossG } = points.at(-1)?.values ?? {};
    if (lossD !== undefined && lossG !== undefined) this.losses = `, loss D ${lossD.toFixed(3)} G ${lossG.toFixed(3)}`;
  }

  private labels(event: EventOf<'labels'>): void {
    this.print(`labels    ${JSON.stringify(event.summary)}`);
    const { items, truth } = this.options;
    if (truth) this.print(`labels    ${truth.compare(itemsOfImages(items, this.decoded), event)}`);
  }

  private prompts({ quality }: EventOf<'prompts'>): void {
    if (!quality) return;
    const { trained, heldBack, probe, withinClass, siblings } = quality;
    const share = (score: Score | null): string =>
      score ? `${((100 * score.right) / score.count).toFixed(1)}% of ${score.count}` : 'unknown';
    const parts = [
      `right for labeled pictures ${share(trained)}, held-back ones ${share(heldBack)}`,
      `label inference on held-out labels ${probe === null ? 'unknown' : `${(100 * probe).toFixed(1)}%`}`,
      `own cluster within the class ${share(withinClass)}${withinClass ? ` (chance ${(100 * withinClass.chance).toFixed(1)}%)` : ''}`,
      ...(siblings === null ? [] : [`cosine of a class's prompts ${siblings.toFixed(3)}`]),
    ];
    this.print(`prompts   ${parts.join('; ')}`);
  }

  private state({ state }: EventOf<'state'>): void {
    if (state !== 'finished' && state !== 'stopped' && state !== 'failed') return;
    for (const together of toldTogether(this.health)) {
      const [{ state: found, text, action }] = together;
      this.print(`health    ${healthWords[found].padEnd(10)} ${namesOf(together)}: ${text} ${action}`.trimEnd());
    }
    this.end();
  }
}
