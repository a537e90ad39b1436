/**
 * Measures this machine at the first visit, and keeps what it found by adapter. Small presets first; a larger one only
 * where it will not take long. A software adapter is measured only when asked: it would keep the processor busy for
 * minutes. A run that begins ends it.
 */
import * as v from 'valibot';
import { baseFacts } from '../lcp/bases/facts';
import type { AdapterInfo } from '../session/protocol/events';
import { presets, type PresetId } from '../shared/config';
import { estimateTime, proposedPreset, workOf, type Measured } from './speed';
import type { StudioCore } from './studioCore';
import { isRunning } from './studioState';

const iterations = 20;
/** A preset whose benchmark would take longer is estimated. */
const mostSeconds = 20;
const key = 'lcp-gan-studio/speed';
const seconds = v.record(v.string(), v.record(v.string(), v.pipe(v.number(), v.minValue(0))));

type Storage = Pick<globalThis.Storage, 'getItem' | 'setItem'>;

export const presetIds = Object.keys(presets) as PresetId[];

function nameOf({ vendor, architecture, description }: AdapterInfo): string {
  return [vendor, architecture, description].join('|');
}

function loadAll(storage: Storage | null): Record<string, Record<string, number>> {
  try {
    const found = v.safeParse(seconds, JSON.parse(storage?.getItem(key) ?? '{}'));
    return found.success ? found.output : {};
  } catch {
    return {};
  }
}

export class Benchmarking {
  constructor(
    private readonly core: StudioCore,
    private readonly storage: Storage | null,
  ) {
    core.store.subscribe((state, before) => {
      if (state.adapter && state.adapter !== before.adapter) this.meet(state.adapter);
      if (state.session !== before.session && state.session === 'idle') this.measureFirst();
    });
  }

  /** Measures the presets that take a bearable time. What goes wrong leaves the times unknown. */
  async measure(): Promise<void> {
    const { session, state } = this.core;
    const { adapter } = state;
    if (!session || !adapter || state.benchmark !== null || isRunning(state.session)) return;
    const order = presetIds.toSorted((a, b) => workOf(presets[a]) - workOf(presets[b]));
    try {
      for (const preset of order) {
        const known = this.core.state.speed;
        const before = estimateTime(presets[preset], known);
        if (before && (before.whole / presets[preset].kimg) * kimgOf(preset, iterations) > mostSeconds) break;
        this.show(preset);
        const { secondsPerIteration } = await session.benchmark({ config: presets[preset], iterations });
        if (this.core.state.adapter !== adapter) break;
        this.keep(adapter, { ...this.core.state.speed, [preset]: secondsPerIteration });
      }
    } catch {
      // A run has begun, or the GPU refused: nothing is known of this preset then.
    } finally {
      this.show(null);
    }
    this.propose();
  }

  private measureFirst(): void {
    const { adapter, speed } = this.core.state;
    if (adapter && !adapter.isFallback && Object.keys(speed).length === 0) void this.measure();
  }

  private meet(adapter: AdapterInfo): void {
    const known = loadAll(this.storage)[nameOf(adapter)] ?? {};
    const speed = Object.fromEntries(Object.entries(known).filter(([id]) => id in presets)) as Measured;
    // The subscription is in the middle of a change; the next one follows it.
    queueMicrotask(() => {
      this.core.update((state) => {
        state.speed = speed;
      });
      this.propose();
    });
  }

  private keep(adapter: AdapterInfo, speed: Measured): void {
    this.core.update((state) => {
      state.speed = speed;
    });
    try {
      this.storage?.setItem(key, JSON.stringify({ ...loadAll(this.storage), [nameOf(adapter)]: speed }));
    } catch {
      // Measured again next time.
    }
  }

  /** Chooses the preset that shows something soon, as long as the user has chosen nothing. */
  private propose(): void {
    const { speed, configTouched, session, config } = this.core.state;
    if (configTouched || isRunning(session)) return;
    const offered = presetIds.filter((id) => baseFacts(presets[id]).title === baseFacts(config).title);
    const preset = proposedPreset(speed, offered);
    if (!preset || preset === this.core.state.preset) return;
    this.core.update((state) => {
      state.preset = preset;
      state.config = presets[preset];
    });
  }

  private show(preset: PresetId | null): void {
    this.core.update((state) => {
      state.benchmark = preset;
    });
  }
}

/** What so many iterations of a preset come to, in thousands of pictures. */
function kimgOf(preset: PresetId, count: number): number {
  const { batch, discriminatorSteps } = presets[preset];
  return (count * batch * discriminatorSteps) / 1000;
}
