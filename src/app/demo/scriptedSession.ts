/**
 * A session that plays a run from a script, for looking at the screens without a GPU: opened by e2e/demo.html in
 * development, never part of the built site. Its numbers and samples are inventions (real pictures under fading noise);
 * nothing of it may be shown as a result.
 */
import { commandsFrom, type Arguments, type SessionCommands } from '../../session/protocol/commands';
import { phaseIds, type Event, type PhaseId, type SessionState } from '../../session/protocol/events';
import { presets, type RunConfig } from '../../shared/config';
import type { ClusterCard, Slot } from '../../shared/domain';
import { imageIndex, slotIndex, type ImageIndex } from '../../shared/indices';
import type { SessionPort } from '../../session/protocol/client';
import { twoClips } from '../../session/clip/twoClips';
import { demoEvaluation } from './demoEvaluation';
import { demoHealth } from './demoHealth';
import { demoFindings, demoGuesses, demoScores } from './demoLabels';
import { demoClipAnswer } from './demoClipAnswer';
import { demoHistory } from './demoHistory';
import { demoMap } from './demoMap';
import { demoPlayground } from './demoPlayground';
import { demoTiles, readTile } from './demoTiles';

export interface Script {
  /** Iterations at which the run holds still and pauses by itself; Infinity never. */
  holdAt: number;
  /** Simulated iterations a tick. */
  speed: number;
  /** Ticks from one grid of samples to the next; the grid of a moment at which it holds comes anyway. */
  samplesEvery: number;
  software: boolean;
  /** Fails at this iteration. */
  failAt: number;
  /** Tells of an interrupted run. */
  interrupted: boolean;
}

const clustersPerClass = 3;
const size = 32;
const columns = 8;
const phaseTicks = 3;
const noise = () => (Math.random() - 0.5) * 0.5;
/** Words that set clusters apart, in no relation to the pictures. */
const looks = ['furry', 'striped', 'round', 'smiling', 'red', 'tall', 'shiny', 'wings', 'pointed', 'yellow', 'leather'];
const words = [
  'smiling',
  'round',
  'pointing',
  'with',
  'red',
  'furry',
  'a',
  'side',
  'photo',
  'little',
  'wavy',
  'of',
  'cup',
  'bright',
  'tall',
  'striped',
];

export class ScriptedSession {
  private readonly listeners = new Set<(event: Event) => void>();
  private items: Arguments<'import'>['items'] = [];
  private classes: string[] = [];
  private slots: Slot[] = [];
  private tiles: Uint8ClampedArray[] = [];
  private state: SessionState = 'booting';
  private timer: ReturnType<typeof setInterval> | null = null;
  private iteration = 0;
  private ticks = 0;
  private cancelled = false;
  private raw = false;

  private readonly plays: Partial<SessionCommands> = {
    import: (args) => this.import(args),
    start: async ({ config }) => this.start(config),
    benchmark: async ({ iterations, config }) => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      return { iterations, secondsPerIteration: config.preset === 'tiny' ? 0.004 : 0.05 };
    },
    forget: async () => this.emit({ type: 'interrupted', run: null }),
    pause: async () => this.enter('paused'),
    resume: async () => {
      this.script.holdAt = Infinity;
      this.enter('training');
    },
    stop: async () => this.end('stopped'),
    watch: async ({ raw }) => {
      this.raw = raw;
    },
    export: async () => {
      await new Promise((resolve) => setTimeout(resolve, 600));
      const { buffer } = new TextEncoder().encode('A demonstration, not a checkpoint.');
      return { files: [{ name: 'demo.txt', bytes: buffer }] };
    },
    evaluate: ({ samples }) => this.evaluate(samples),
    cancelEvaluation: async () => {
      this.cancelled = true;
    },
    ...demoPlayground(),
    editClusters: async ({ edits }) => this.emit({ type: 'clusterEdits', edits }),
    clusterMap: async () => demoMap(this.items.length, this.slots),
    askClip: async ({ texts }) => {
      await new Promise((resolve) => setTimeout(resolve, 400));
      this.emit(demoClipAnswer(texts, this.items, this.classes.length));
    },
  };

  private readonly labelPlays: Partial<SessionCommands> = {
    editLabels: async ({ images }) => {
      const running = ['training', 'paused'].includes(this.state);
      if (running) this.emit({ type: 'labelsPending', pictures: images.length });
    },
    removeClass: async () => undefined,
    cancelImport: async () => undefined,
    useLabels: async () => this.emit({ type: 'labelsPending', pictures: 0 }),
    studyPictures: async () => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      return demoGuesses(
        this.items.length,
        this.classes.length,
        this.items.map(({ label }) => label),
      );
    },
    checkPictures: async () => demoFindings(this.items.map(({ label }) => label)),
    rankByWords: async () => ({ scores: demoScores(this.items.length) }),
    rankByLikeness: async () => ({ scores: demoScores(this.items.length) }),
  };

  /** The session as the store holds it. */
  readonly port: SessionPort = {
    ...commandsFrom(async (type, args) => {
      const play = (this.plays[type] ?? this.labelPlays[type]) as ((args: object) => Promise<unknown>) | undefined;
      if (!play) throw new Error(`The script has no ${type}.`);
      return play(args);
    }),
    on: (listener) => {
      this.listeners.add(listener);
      return () => this.listeners.delete(listener);
    },
    dispose: () => {
      if (this.timer) clearInterval(this.timer);
      this.listeners.clear();
    },
  };

  constructor(private readonly script: Script) {
    setTimeout(() => {
      const adapter = {
        vendor: 'nvidia',
        architecture: 'hopper',
        description: 'NVIDIA H200',
        isFallback: script.software,
        f16: true,
        subgroups: true,
        maxBufferBytes: 4294967296,
      };
      this.emit({
        type: 'adapter',
        adapter: script.software
          ? { ...adapter, description: 'SwiftShader Device (Subzero)', f16: false, subgroups: false }
          : adapter,
      });
      this.enter('idle');
      this.tellInterrupted(false);
    }, 30);
  }

  private async import({ classes, items }: Arguments<'import'>): Promise<void> {
    this.enter('importing');
    this.classes = classes;
    this.items = items;
    const total = items.length;
    for (let done = 0; done <= total; done += Math.ceil(total / 4)) {
      this.emit({
        type: 'progress',
        phase: 'import',
        label: 'Reading pictures',
        done,
        total,
        unit: 'images',
        secondsLeft: (total - done) / 300,
      });
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
    const labeledPerClass = classes.map((_, c) => items.filter(({ label }) => label === c).length);
    const unlabeledCount = items.filter(({ label }) => label < 0).length;
    const broken = [{ path: 'animals/half-a-picture.jpg', reason: 'the file ends in the middle' }];
    this.slots = classes.flatMap((_, c) =>
      Array.from({ length: clustersPerClass }, (__, cluster) => ({
        slot: c * clustersPerClass + cluster,
        classIndex: c,
        cluster,
      })),
    );
    const rows = this.slots.flatMap(({ slot }) =>
      Array.from({ length: columns }, (_, j) => items[this.exemplar(slot, j)]?.file),
    );
    this.tiles = await Promise.all(rows.map((file) => readTile(file, size)));
    this.emit({
      type: 'dataset',
      summary: { classes, imageCount: total, labeledPerClass, unlabeledCount, broken, resolution: size },
      decoded: Uint32Array.from(items.keys()),
    });
    this.enter('ready');
    this.tellInterrupted(true);
  }

  private start(config: RunConfig): void {
    this.iteration = 0;
    this.ticks = 0;
    this.enter('preparing');
    this.timer = setInterval(() => this.tick(config), 60);
  }

  private async evaluate(samples: number): Promise<void> {
    this.cancelled = false;
    for (let done = 0; done < 1; done += 0.05) {
      this.emit({ type: 'evaluating', label: done < 0.3 ? 'Looking at the reals' : 'Looking at the samples', done });
      await new Promise((resolve) => setTimeout(resolve, 60));
      if (this.cancelled) throw new Error('cancelled');
    }
    this.emit(
      demoEvaluation({
        kimg: this.iteration * 0.2,
        samples,
        classes: this.classes,
        slots: this.slots,
        images: this.items.length,
        size,
        tiles: this.tiles,
      }),
    );
  }

  private tellInterrupted(fits: boolean): void {
    if (!this.script.interrupted) return;
    const config = presets.standard;
    const classes = fits ? this.classes : ['cat', 'dog', 'horse', 'owl', 'rabbit'];
    this.emit({
      type: 'interrupted',
      run: {
        id: 'demo',
        classes,
        imageCount: 520,
        iteration: 1234,
        iterations: 10_000,
        kimg: 123.4,
        savedAt: Date.UTC(2026, 10, 26, 22, 5),
        config,
        clip: 'clip-nano',
        fits,
      },
    });
  }

  private tick(config: RunConfig): void {
    if (this.state === 'paused') return;
    const before = phaseIds.length - 1;
    const phase = phaseIds[Math.floor(this.ticks / phaseTicks)];
    this.ticks += 1;
    if (phase && phase !== 'train') this.prepare(phase);
    else if (this.ticks > before * phaseTicks) this.train(config);
  }

  private prepare(phase: PhaseId): void {
    const done = this.ticks % phaseTicks;
    if (phase === 'clip')
      this.emit({
        type: 'progress',
        phase,
        label: 'Loading CLIP',
        done: done * 4e6,
        total: 10.7e6,
        unit: 'bytes',
        secondsLeft: 4,
      });
    else
      this.emit({
        type: 'progress',
        phase,
        label: phase,
        done,
        total: phaseTicks,
        unit: 'steps',
        secondsLeft: phaseTicks - done,
      });
    if (phase === 'labels') this.emit(this.labels());
    if (phase === 'partition') this.emit({ type: 'clusters', revision: 1, cards: this.cards(0) });
    if (phase === 'prompts') {
      this.emit({ type: 'clusters', revision: 2, cards: this.cards(1) });
      this.emit({
        type: 'prompts',
        quality: {
          trained: { right: 71, count: 80 },
          heldBack: { right: 17, count: 21 },
          probe: 0.83,
          withinClass: { right: 44, count: 50, chance: 0.42 },
          siblings: 0.61,
        },
      });
    }
  }

  private train(config: RunConfig): void {
    if (this.state !== 'training') {
      const critic = { id: 'clip-nano', name: 'clip-nano 64/8' };
      this.emit({ type: 'critic', critic });
      this.enter('training');
      this.emit({
        type: 'notice',
        tone: 'info',
        code: 'two-clips',
        text: twoClips('clip-lit 96', critic.name),
        action: '',
      });
      this.emit({
        type: 'notice',
        tone: 'warning',
        code: 'few-labels',
        text: 'The class “travel” has only 9 labels.',
        action: 'Label a few more.',
      });
    }
    const images = config.batch * config.discriminatorSteps;
    const total = Math.ceil((config.kimg * 1000) / images);
    const points = [];
    for (let i = 0; i < this.script.speed && this.iteration < total; i += 1) {
      this.iteration += 1;
      points.push({
        iteration: this.iteration,
        kimg: (this.iteration * images) / 1000,
        values: this.stats(this.iteration / total),
      });
    }
    const kimg = (this.iteration * images) / 1000;
    this.emit({ type: 'stats', points });
    this.emit({ type: 'health', findings: demoHealth(this.iteration / total) });
    if (this.ticks % this.script.samplesEvery === 0 || this.iteration >= this.script.holdAt) {
      const expected = this.slots.map(() => 512 / this.slots.length);
      this.emit({
        type: 'clusterSamples',
        observed: expected.map((count, slot) => Math.round(count * (0.9 + 0.5 * Math.sin(slot)))),
        expected,
      });
      this.emit({
        type: 'samples',
        iteration: this.iteration,
        kimg,
        columns,
        rows: this.slots.map(({ slot }) => slotIndex(slot)),
        size,
        rgba: demoTiles(this.tiles, this.iteration / total),
        ...(this.raw ? { raw: demoTiles(this.tiles, (0.7 * this.iteration) / total) } : {}),
      });
    }
    this.emit({
      type: 'progress',
      phase: 'train',
      label: 'Training',
      done: kimg,
      total: config.kimg,
      unit: 'kimg',
      secondsLeft: ((total - this.iteration) / this.script.speed) * 0.06 * 40,
    });
    if (this.iteration >= this.script.failAt) return this.fail();
    if (this.iteration >= this.script.holdAt) this.enter('paused');
    if (this.iteration >= total) this.end('finished');
  }

  private stats(at: number): Record<string, number> {
    const clip = Math.min(1, Math.max(0, (at - 0.1) / 0.05));
    return {
      lossD: 2.1 * Math.exp(-6 * at) + 1.35 + noise(),
      lossG: 0.6 * (1 - Math.exp(-8 * at)) + noise() - 0.2,
      realLogit: 0.55 * (1 - Math.exp(-5 * at)) + noise() * 0.6,
      fakeLogit: -0.6 * (1 - Math.exp(-4 * at)) + noise() * 0.6,
      signReal: 0.4 * (1 - Math.exp(-5 * at)) + noise() * 0.3,
      signFake: -0.45 * (1 - Math.exp(-4 * at)) + noise() * 0.3,
      ...(clip > 0
        ? {
            clipReal: 0.5 * clip + noise() * 0.4,
            clipFake: -0.7 * clip + noise() * 0.4,
            clipSignReal: 0.3 * clip,
            clipSignFake: -0.4 * clip,
          }
        : {}),
      lambda: Math.min(1, Math.max(0, (at - 0.08) / 0.08)),
      lambdaClip: clip,
      gradNonFinite: 0,
    };
  }

  private labels(): Event {
    const labeled = this.items.filter(({ label }) => label >= 0).length;
    const unlabeled = this.items.length - labeled;
    const inferredPerClass = this.classes.map((_, c) =>
      Math.round(((unlabeled * 0.85) / this.classes.length) * (1 + 0.2 * Math.sin(c))),
    );
    const summary = {
      alpha: 0.35,
      temperature: 1.2,
      crossValidatedAccuracy: 0.83,
      zeroShotAccuracy: 0.31,
      labeled,
      trusted: Math.round(unlabeled * 0.85),
      untrusted: unlabeled - Math.round(unlabeled * 0.85),
      inferredPerClass,
    };
    return {
      type: 'labels',
      summary,
      inferred: new Int32Array(this.items.length),
      trust: new Float32Array(this.items.length),
    };
  }

  private cards(learnt: number): ClusterCard[] {
    return this.slots.map(({ slot, classIndex, cluster }) => ({
      slot: slotIndex(slot),
      classIndex,
      cluster,
      className: this.classes[classIndex] ?? '',
      share: (1 / this.slots.length) * (1 + 0.5 * Math.sin(3 * slot)),
      spread: 0.45 + 0.2 * Math.sin(slot),
      exemplars: Array.from({ length: 8 }, (_, j) => this.exemplar(slot, j)),
      context: learnt
        ? Array.from({ length: 4 }, (_, m) =>
            Array.from({ length: 5 }, (__, k) => ({
              word: words[(slot * 5 + m * 3 + k * 7) % words.length] ?? '',
              distance: 0.42 + 0.06 * k + 0.02 * m,
            })),
          )
        : [],
      promptCosine: learnt ? 0.24 + 0.03 * Math.sin(slot) : null,
      words: {
        against: 'siblings',
        words: Array.from({ length: (slot * 3) % 6 }, (_, i) => ({
          word: looks[(slot * 5 + i * 3) % looks.length] ?? '',
          effect: 2.4 - 0.4 * i,
          agrees: learnt ? i % 2 === 0 : null,
        })),
      },
      history: learnt ? demoHistory(slot) : [],
    }));
  }

  /** The j-th picture of the slot's class, counted from a place of the cluster's own. */
  private exemplar(slot: number, j: number): ImageIndex {
    const classIndex = Math.floor(slot / clustersPerClass);
    const own = this.items.flatMap(({ label }, i) => (label === classIndex ? [i] : []));
    return imageIndex(own[((slot % clustersPerClass) * 8 + j) % Math.max(1, own.length)] ?? 0);
  }

  private fail(): void {
    this.emit({
      type: 'failed',
      error: {
        code: 'device-lost',
        what: 'The GPU was lost.',
        why: 'The driver reset it, or another program took all of its memory.',
        action: 'Try again; choose a smaller preset if it happens twice.',
        detail: 'device.lost: unknown',
      },
    });
    this.end('failed');
  }

  private end(state: SessionState): void {
    if (this.timer) clearInterval(this.timer);
    this.timer = null;
    this.enter(state);
  }

  private enter(state: SessionState): void {
    this.state = state;
    this.emit({ type: 'state', state });
  }

  private emit(event: Event): void {
    for (const listener of this.listeners) listener(event);
  }
}
