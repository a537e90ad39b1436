/**
 * Hands the pictures that are open to the session, which decodes them at the configuration's resolution. Another import
 * may begin before one has ended: only the last counts.
 */
import { filesOfItems } from '../data/imageMap';
import type { SessionPort } from '../session/protocol/client';
import type { ImportItem } from '../session/protocol/commands';
import { toErrorInfo } from '../shared/errors';
import type { StudioCore } from './studioCore';
import { toClipSource, type Source } from './studioState';

/** Items that cross to the session in one message. */
const offeredAtOnce = 1000;

export class PictureImport {
  /** Numbers the imports. */
  private turns = 0;
  /** At which the pictures were last asked for. */
  private resolution: number | null = null;

  constructor(private readonly core: StudioCore) {}

  /** Whether the pictures were last asked for at the configuration's resolution. */
  get isAtResolution(): boolean {
    return this.resolution === this.core.state.config.resolution;
  }

  /** What is on its way no longer counts. */
  overtake(): void {
    this.turns += 1;
  }

  /**
   * Shows how far it is, and what went wrong.
   * @returns 'overtaken' where it no longer counts, or where nothing is open
   */
  async run(): Promise<'read' | 'failed' | 'overtaken'> {
    const { source } = this.core.state;
    const { session } = this.core;
    if (!source || !session) return 'overtaken';
    const turn = ++this.turns;
    const items = itemsOf(source);
    this.core.update((state) => {
      state.interrupted = null;
      state.importProgress = {
        label: 'Reading pictures',
        done: 0,
        total: items.length,
        unit: 'images',
        secondsLeft: null,
      };
    });
    let outcome: 'read' | 'failed' = 'failed';
    try {
      if (!(await this.send(session, source, items, turn))) return 'overtaken';
      outcome = 'read';
    } catch (error) {
      if (turn === this.turns) this.core.report(toErrorInfo(error));
    }
    this.core.flush();
    if (turn !== this.turns) return 'overtaken';
    this.core.update((state) => {
      state.importProgress = null;
    });
    return outcome;
  }

  /** @returns false where another import began before all was sent */
  private async send(session: SessionPort, source: Source, items: ImportItem[], turn: number): Promise<boolean> {
    await this.core.booted;
    if (turn !== this.turns) return false;
    const { config, clip } = this.core.state;
    this.resolution = config.resolution;
    const last = items.length > offeredAtOnce ? await this.offer(session, items, turn) : { items };
    if (last === null) return false;
    await session.import({
      classes: [...source.reading.classes],
      ...last,
      resolution: config.resolution,
      matte: source.corrected.matte,
      clip: toClipSource(clip),
    });
    return true;
  }

  /**
   * Sends all but a last part of many items ahead, a part in a turn of the page's.
   * @returns what the import itself brings; null where another import has begun
   */
  private async offer(
    session: SessionPort,
    items: ImportItem[],
    turn: number,
  ): Promise<{ items: ImportItem[]; ticket: number } | null> {
    let from = 0;
    for (; items.length - from > offeredAtOnce; from += offeredAtOnce) {
      await session.offer({ ticket: turn, items: items.slice(from, from + offeredAtOnce) });
      if (turn !== this.turns) return null;
    }
    return { items: items.slice(from), ticket: turn };
  }
}

function itemsOf({ reading, files }: Source): ImportItem[] {
  return filesOfItems(files, reading.items).map(({ item: { label }, file: { path, file } }) => ({ path, file, label }));
}
