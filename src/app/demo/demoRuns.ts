/** Kept runs for the demonstration: invented curves and plain tiles, kept in memory alone. */
import { presets } from '../../shared/config';
import type { KeptRun } from '../../session/saving/shelfRunStore';
import type { RunsPort } from '../../state/ports';

const size = 16;
const columns = 6;
const rows = 4;

function tiles(shift: number): ArrayBuffer {
  const rgba = new Uint8ClampedArray(rows * columns * size * size * 4).fill(255);
  for (let i = 0; i < rgba.length / 4; i += 1) {
    const tile = Math.floor(i / (size * size));
    rgba[4 * i] = 60 * Math.floor(tile / columns) + shift;
    rgba[4 * i + 1] = 35 * (tile % columns) + (i % size) * 4;
    rgba[4 * i + 2] = 160 - shift;
  }
  return rgba.buffer;
}

function run(id: string, age: number, changes: Partial<KeptRun> = {}): KeptRun {
  return {
    id,
    name: null,
    deletedAt: null,
    whole: true,
    elsewhere: false,
    iteration: 2400,
    iterations: 6250,
    kimg: 38.4,
    bytes: 41_000_000,
    savedAt: Date.now() - age * 3_600_000,
    title: { data: 'Sample pictures', origin: null },
    config: presets.standard,
    clip: 'clip-nano',
    classes: ['animal', 'food', 'person', 'vehicle'],
    imageCount: 520,
    labeledCount: 104,
    pictures: 'demo',
    ...changes,
  };
}

export function demoRuns(): RunsPort {
  const runs = new Map(
    [
      run('a', 2, { name: 'Emoji, first night' }),
      run('b', 5, { config: { ...presets.standard, preset: 'custom', batch: 16, seed: 7 }, kimg: 21 }),
      run('c', 60, {
        whole: false,
        title: { data: 'my drawings', origin: 'Emoji, first night' },
        config: presets.tiny,
      }),
    ].map((each) => [each.id, each]),
  );
  const change = (id: string, changes: Partial<KeptRun>): void => {
    const before = runs.get(id);
    if (before) runs.set(id, { ...before, ...changes });
  };
  return {
    all: async () => [...runs.values()],
    watch: () => () => undefined,
    record: async (id) => ({
      slots: Array.from({ length: rows }, (_, slot) => ({ slot, classIndex: Math.floor(slot / 2), cluster: slot % 2 })),
      grid: { iteration: 2400, columns, rows: [0, 1, 2, 3], size, rgba: tiles(id === 'a' ? 10 : 60) },
      history: Array.from({ length: 200 }, (_, i) => ({
        iteration: 12 * i,
        kimg: (id === 'a' ? 0.19 : 0.11) * i,
        values: { lossG: 1 + Math.sin(i / 9) / 4 + (id === 'a' ? 0 : i / 300), lossD: 1.5 - i / 400 },
      })),
    }),
    rename: async (id, name) => change(id, { name: name || null }),
    mark: async (id, deletedAt) => change(id, { deletedAt }),
    timeline: async () => null,
    keepTimeline: async () => undefined,
  };
}
