/**
 * Pictures on demand: from the run's generator, or from a checkpoint that was dropped, without any data. Everything is
 * drawn when it is asked for, one thing at a time; of wishes that come meanwhile only the last counts.
 */
import { downloadZip } from 'client-zip';
import { encodePng } from '../formats/png';
import { baseFacts } from '../lcp/bases/facts';
import { toErrorInfo } from '../shared/errors';
import type { SessionPort } from '../session/protocol/client';
import type { FilmKind } from './film';
import { conditionOf, latents, mixed, mixedGrid, movedAlong, type Choice } from './latents';
import { Directions, DrawnTiles } from './playgroundState';
import type { StudioCore } from './studioCore';
import { hasNetworks } from './studioState';

/** What is to be drawn. */
export interface Wish {
  count: number;
  seed: number;
  from: Choice;
  to: Choice;
  /** Of `to`, in [0, 1]. */
  share: number;
  /** Numbers of a latent further from 0 than this are drawn anew; null draws them all. */
  truncation: number | null;
  /** Of a generator with styles: how far they go from the mean of the condition, in [0, 1]; 1 as in training. */
  psi: number;
  /** One number a direction. */
  amounts: readonly number[];
  nearest: boolean;
  /** Of a generator with styles: a grid of samples that are mixed, in place of `count` samples. */
  mixing: StyleMixing | null;
}

/** The rows' samples are those of the wish; the columns' have a seed and a condition of their own. */
export interface StyleMixing {
  /** Index into the base model's cuts. */
  cut: number;
  seed: number;
  show: Choice;
}

/** Pictures drawn for one file at a time. */
const block = 64;
const directionCount = 6;
/** Samples on either side of a grid of mixed ones. */
const gridSide = 4;

const padded = (value: number): string => String(value).padStart(4, '0');

export class Playground {
  private next: Wish | null = null;
  private working: Promise<void> = Promise.resolve();

  constructor(private readonly core: StudioCore) {}

  /** Shows the run's generator, if there is one; else what was open stays. */
  async openRun(): Promise<void> {
    await this.idle();
    if (this.state.of !== 'run') return;
    await this.doing('Looking at the generator', async (session) => {
      const facts = await session.generator();
      this.core.update(({ playground }) => {
        Object.assign(playground, { facts, tiles: null, directions: null });
      });
    });
  }

  /** Turns to the run at hand, if there is one, as somebody does who comes without a file. */
  turnToRun(): void {
    const { state } = this.core;
    if (hasNetworks(state) && state.playground.of === 'checkpoint') this.turnTo('run', null);
  }

  /** Opens an exported checkpoint, and shows it, as soon as nothing else is done. */
  async openCheckpoint(file: File): Promise<void> {
    this.turnTo('checkpoint', file);
    this.core.update((state) => {
      state.aside = 'playground';
    });
    await this.core.booted;
    await this.idle();
    if (this.state.file !== file) return;
    await this.doing('Opening the checkpoint', async (session) => {
      const facts = await session.openCheckpoint({ file });
      this.core.update((state) => {
        Object.assign(state.playground, { facts, tiles: null, directions: null });
        state.announcement = `${file.name} is open.`;
      });
    });
  }

  /** Draws samples; while something else is done the wish waits, and takes the place of one that waits already. */
  async draw(wish: Wish): Promise<void> {
    this.next = wish;
    await this.drawNext();
  }

  /** Draws what waits, if it can be drawn now; else whoever is at work does so afterwards. */
  private async drawNext(): Promise<void> {
    const wish = this.next;
    if (!wish || this.state.busy || !this.state.facts) return;
    this.next = null;
    await this.doing('Drawing', async (session) => {
      const tiles = await this.wished(session, wish);
      this.core.update(({ playground }) => {
        playground.tiles = tiles;
      });
    });
  }

  /** Looks for the directions along which pictures of this condition change most. */
  async findDirections(wish: Wish): Promise<void> {
    await this.doing('Looking for directions', async (session) => {
      const rows = await session.directions({ of: this.state.of, u: this.conditionOf(wish), count: directionCount });
      const count = rows.length / (this.state.facts?.latent ?? 1);
      this.core.update(({ playground }) => {
        playground.directions = new Directions(rows, count);
      });
    });
  }

  /** Saves a walk as a film; what makes films is loaded only then. @param change it leads from `from` to `to` */
  async recordWalk(wish: Wish, kind: FilmKind, change = false): Promise<void> {
    await this.doingLong('Recording a walk', async (session) => {
      const [{ makeFilm }, { walkOf, walkReel, walkStarts }] = await Promise.all([
        import('./film'),
        import('./walkFilm'),
      ]);
      const { latent, resolution } = this.known();
      const way = walkOf(this.rowsOf(wish, wish.seed, walkStarts), latent, { mixed: change, share: wish.share });
      const reel = walkReel(
        way,
        resolution,
        ({ z, share }) => this.tiles(session, z, { ...wish, share, nearest: false }),
        (done) => this.tellBusy(`Recording a walk: ${done} of ${way.frames} frames`),
      );
      const { blob, ending } = await makeFilm(reel, kind);
      this.core.ports.saveFile(`walk.${ending}`, blob);
    });
  }

  /** Saves so many pictures of every class, in a folder each, as a zip: a labeled data set. */
  async saveDataset(wish: Wish, perClass: number): Promise<void> {
    await this.doingLong('Drawing a data set', async (session) => {
      const { classes } = this.known();
      const files: { name: string; input: Uint8Array<ArrayBuffer> }[] = [];
      for (const [classIndex, name] of classes.entries())
        for (let done = 0; done < perClass; done += block) {
          const count = Math.min(block, perClass - done);
          const choice: Choice = { kind: 'class', classIndex };
          const own = { ...wish, from: choice, to: choice, nearest: false };
          const z = this.rowsOf(own, wish.seed + 1 + done + classIndex * 1_000_003, count);
          const tiles = await this.tiles(session, z, own, true);
          for (let i = 0; i < count; i += 1)
            files.push({ name: `${folderName(name)}/${padded(done + i)}.png`, input: await png(tiles, i) });
          this.tellBusy(`Drawing a data set: ${files.length} of ${perClass * classes.length}`);
        }
      this.core.ports.saveFile('generated-pictures.zip', await downloadZip(files).blob());
    });
  }

  /** Ends what takes long; nothing of it is saved. */
  cancel(): void {
    this.core.update(({ playground }) => {
      playground.cancellable = false;
    });
  }

  /** Between two parts of what takes long. @throws Error where it was cancelled */
  private tellBusy(words: string): void {
    if (!this.state.cancellable) throw new Error('cancelled');
    this.core.update(({ playground }) => {
      playground.busy = words;
    });
  }

  private get state() {
    return this.core.state.playground;
  }

  private known() {
    const { facts } = this.state;
    if (!facts) throw new Error('No generator is open.');
    return facts;
  }

  private rowsOf({ truncation, amounts }: Wish, seed: number, count: number): Float32Array {
    const { latent } = this.known();
    return movedAlong(latents(count, latent, seed, truncation), latent, this.state.directions?.rows ?? null, amounts);
  }

  private conditionOf({ from, to, share }: Wish): Float32Array {
    const { slots } = this.known();
    return mixed(conditionOf(from, slots), conditionOf(to, slots), share);
  }

  private async wished(session: SessionPort, wish: Wish): Promise<DrawnTiles> {
    const { latent, slots } = this.known();
    const { mixing } = wish;
    const cut = mixing && this.cuts?.[mixing.cut];
    if (!cut) return this.tiles(session, this.rowsOf(wish, wish.seed, wish.count), wish);
    const { first, second } = mixedGrid(
      { z: this.rowsOf(wish, wish.seed, gridSide), u: this.conditionOf(wish) },
      { z: this.rowsOf(wish, mixing.seed, gridSide), u: conditionOf(mixing.show, slots) },
      latent,
    );
    const { rgba, size } = await session.draw({
      of: this.state.of,
      ...first,
      nearest: false,
      truncation: wish.psi,
      mixed: { ...second, from: cut.from },
    });
    return new DrawnTiles(size, new Uint8ClampedArray(rgba), null, gridSide);
  }

  /** Where the styles of the generator at hand can be mixed; null where it has none. */
  private get cuts() {
    const { config } = this.known();
    return baseFacts(config).styleCuts(config);
  }

  /** @param oneEach each picture is of one cluster, in turn, rather than of their mix */
  private async tiles(session: SessionPort, z: Float32Array, wish: Wish, oneEach = false): Promise<DrawnTiles> {
    const { latent, slots } = this.known();
    const count = z.length / latent;
    const u = new Float32Array(count * slots.length);
    const mix = this.conditionOf(wish);
    const own = slots.filter(({ slot }) => (mix[slot] ?? 0) > 0);
    for (let i = 0; i < count; i += 1) {
      const slot = own[i % own.length]?.slot ?? 0;
      u.set(oneEach ? conditionOf({ kind: 'slot', slot }, slots) : mix, i * slots.length);
    }
    // A wish may be older than the generator that is open.
    const truncation = this.cuts ? wish.psi : 1;
    const { rgba, size, nearest } = await session.draw({
      of: this.state.of,
      z,
      u,
      nearest: wish.nearest,
      truncation,
    });
    return new DrawnTiles(size, new Uint8ClampedArray(rgba), nearest);
  }

  /** Nothing of the generator before is left, nor of what it was to draw. */
  private turnTo(of: 'run' | 'checkpoint', file: File | null): void {
    this.next = null;
    this.core.update(({ playground }) => {
      Object.assign(playground, { of, file, facts: null, tiles: null, directions: null, problem: null });
      // What takes long was of the generator before.
      playground.cancellable = false;
    });
  }

  private async idle(): Promise<void> {
    // oxlint-disable-next-line no-await-in-loop
    while (this.state.busy) await this.working;
  }

  private async doing(what: string, work: (session: SessionPort) => Promise<void>): Promise<void> {
    const { session } = this.core;
    if (!session || this.state.busy) return;
    this.working = this.perform(session, what, work);
    await this.working;
  }

  /** The same for what says how far it is, by `tellBusy`, and can be cancelled there. */
  private doingLong(what: string, work: (session: SessionPort) => Promise<void>): Promise<void> {
    return this.doing(what, async (session) => {
      this.core.update(({ playground }) => {
        playground.cancellable = true;
      });
      await work(session).catch((error: unknown) => {
        // After a cancellation nobody asks what else went wrong.
        if (this.state.cancellable) throw error;
      });
    });
  }

  /** What goes wrong is told on the screen itself. Then what was wished for meanwhile is drawn. */
  private async perform(
    session: SessionPort,
    what: string,
    work: (session: SessionPort) => Promise<void>,
  ): Promise<void> {
    this.core.update(({ playground }) => {
      Object.assign(playground, { busy: what, problem: null });
    });
    const problem = await work(session).then(() => null, toErrorInfo);
    this.core.update(({ playground }) => {
      Object.assign(playground, { busy: null, cancellable: false, problem });
    });
    await this.drawNext();
  }
}

function png(tiles: DrawnTiles, i: number): Promise<Uint8Array<ArrayBuffer>> {
  return encodePng({ width: tiles.size, height: tiles.size, pixels: tiles.tile(i) }, { Software: 'LCP-GAN Studio' });
}

/** A class as a folder that every system can have. */
function folderName(name: string): string {
  return name.replaceAll(/[\\/:*?"<>|]/g, '_').trim() || 'class';
}
