/**
 * Sheets of sprites with an atlas beside them: each frame becomes a picture of its own, in the folder of the sheet, or
 * in one below it where the atlas gives the frame a folder or a tag. What cannot be used leaves the sheet a picture like
 * any other, and is named with its reason.
 */
import type { SheetFrame, SpriteAtlas } from '../../formats/spriteFrames';
import { looksLikeAtlas } from '../../formats/spriteAtlas';
import { Breather } from '../breathe';
import type { PathFile } from '../importers/expand';
import { nameOf, prefixOf, stemOf } from '../pathParts';
import { isPictureName } from '../pictureNames';
import { safePath } from '../safePath';
import type { WalkSink } from '../walkTree';
import type { CutSheet } from './cutCells';
import type { SheetCutter } from './sheetWork';

const MAX_NAME = 200;
/** Of all sheets of a drop together: bytes of the pictures that were made of them, and pixels, which may be empty. */
const MAX_BYTES = 4 * 2 ** 30;
const MAX_PIXELS = 2 ** 32;

const folded = (name: string): string => name.normalize('NFC').toLowerCase();

/** Where a picture of a sheet goes: "set/cat/sheet#walk 1.png" of "cat/walk 1.png" in "set/sheet.png". */
export function cellPath(sheet: string, name: string, tag: string | null = null): string {
  const parts = (safePath(name.slice(-4 * MAX_NAME)) ?? '').split('/').filter((part) => part !== '' && part !== '.');
  const own = (parts.pop() ?? '').replace(/\.(?:png|jpe?g|webp|gif|bmp|ase|aseprite|psd|tiff?)$/i, '') || 'picture';
  const folders = (tag === null ? parts : [tag.replaceAll(/[/\\]/g, '-')]).map((each) => each.slice(0, MAX_NAME));
  return [`${prefixOf(sheet)}${folders.join('/')}`.replace(/\/$/, ''), `${stemOf(sheet)}#${own.slice(-MAX_NAME)}.png`]
    .filter((each) => each !== '')
    .join('/');
}

/** Gives a path that was given before a number. */
export class UniquePaths {
  private readonly given = new Map<string, number>();

  take(path: string): string {
    const times = this.given.get(path) ?? 0;
    this.given.set(path, times + 1);
    if (times === 0) return path;
    return this.take(path.replace(/(\.[^./]*)$/, ` (${times + 1})$1`));
  }
}

/** The files of a sheet's pack, in the order of the cells that were cut. */
export function* filesOfPack({ pack, ends }: CutSheet, paths: readonly string[]): Generator<PathFile> {
  for (const [at, path] of paths.entries()) {
    const part = pack.slice(ends[at - 1] ?? 0, ends[at] ?? 0, 'image/png');
    yield { path, file: new File([part], nameOf(path), { type: 'image/png' }) };
  }
}

/** The picture that an atlas is of: as it names it, else as it is called itself. */
function sheetOf(atlas: string, { image }: SpriteAtlas, pictures: ReadonlyMap<string, PathFile>): PathFile | null {
  const named = image === null ? undefined : pictures.get(folded(`${prefixOf(atlas)}${image}`));
  if (named) return named;
  for (const ending of ['png', 'webp', 'jpg', 'jpeg', 'gif', 'bmp', 'avif']) {
    const found = pictures.get(folded(`${prefixOf(atlas)}${stemOf(atlas)}.${ending}`));
    if (found) return found;
  }
  return null;
}

class AtlasReader {
  /** Sheets and atlases that became pictures. */
  private readonly used = new Set<PathFile>();
  private readonly paths = new UniquePaths();
  private readonly breather = new Breather();
  private bytes = 0;
  private pixels = 0;
  /** By their folded paths. */
  private readonly pictures = new Map<string, PathFile>();

  constructor(
    private readonly files: readonly PathFile[],
    private readonly sink: WalkSink,
    private readonly cutter: SheetCutter,
  ) {}

  async read(candidates: readonly PathFile[]): Promise<PathFile[]> {
    for (const each of this.files) {
      await this.breather.breathe();
      if (isPictureName(each.path)) this.pictures.set(folded(each.path), each);
    }
    for (const each of candidates) {
      this.sink.signal?.throwIfAborted();
      await this.readAtlas(each);
    }
    return this.files.filter((each) => !this.used.has(each));
  }

  private async readAtlas(atlas: PathFile): Promise<void> {
    const refuse = (reason: string): void => {
      this.used.add(atlas);
      this.sink.skipped({ path: atlas.path, reason: `an atlas of sprites that is not used: ${reason}` });
    };
    try {
      const sheets = await this.cutter.atlas(atlas.file);
      if (sheets === null) return;
      if ('reason' in sheets) return refuse(sheets.reason);
      for (const each of sheets) {
        this.sink.signal?.throwIfAborted();
        const sheet = sheetOf(atlas.path, each, this.pictures);
        if (!sheet)
          refuse(`its picture ${each.image === null ? '' : `“${each.image.slice(0, 200)}” `}is not beside it`);
        else if (this.used.has(sheet)) refuse(`“${sheet.path}” was cut by another atlas`);
        else {
          const reason = await this.cut(atlas, sheet, each.frames);
          if (reason === null) this.used.add(sheet).add(atlas);
          else refuse(reason);
        }
      }
    } catch {
      this.sink.signal?.throwIfAborted();
      refuse('it could not be read, or its sheet took more memory than there is');
    }
  }

  private isFull(): boolean {
    return this.bytes > MAX_BYTES || this.pixels > MAX_PIXELS;
  }

  /** @returns why it could not be cut, or null */
  private async cut(atlas: PathFile, sheet: PathFile, frames: readonly SheetFrame[]): Promise<string | null> {
    const { sink } = this;
    const cut = this.isFull() ? null : await this.cutter.cells(sheet.file, frames);
    if (cut && 'reason' in cut) return cut.reason;
    this.bytes += cut?.pack.size ?? 0;
    this.pixels += cut?.pixels ?? 0;
    if (cut === null || this.isFull()) return 'the sheets of this drop make more pictures than can be held here';
    const { fates } = cut;
    if (!fates.some((fate) => fate === 'cut' || fate === 'transparent'))
      return 'all its rectangles lead out of the sheet';
    const paths = frames.map(({ name, tag }) => this.paths.take(cellPath(sheet.path, name, tag)));
    paths.forEach((path, at) => {
      if (fates[at] === 'out') sink.skipped({ path, reason: 'its rectangle leads out of the sheet' });
      else if (fates[at] === 'transparent') sink.skipped({ path, reason: 'an empty part of the sheet' });
    });
    let pictures = 0;
    for (const { path, file } of filesOfPack(
      cut,
      paths.filter((_, at) => fates[at] === 'cut'),
    )) {
      await this.breather.breathe();
      sink.signal?.throwIfAborted();
      sink.file(path, file);
      pictures += 1;
    }
    sink.cut?.({ sheet: sheet.path, atlas: atlas.path, pictures });
    return null;
  }
}

/** Whether a file may be an atlas, by its first thousands of bytes. */
export const mayBeAtlas = (head: Uint8Array): boolean => looksLikeAtlas(new TextDecoder().decode(head));

/**
 * Turns sheets with an atlas into pictures for the sink.
 * @param atlases those of the files that may be atlases
 * @returns the files that are neither
 */
export async function readAtlases(
  files: readonly PathFile[],
  atlases: ReadonlySet<File>,
  sink: WalkSink,
  cutter: SheetCutter | undefined,
): Promise<readonly PathFile[]> {
  if (!cutter || atlases.size === 0) return files;
  const candidates = files.filter(({ file }) => atlases.has(file));
  return new AtlasReader(files, sink, cutter).read(candidates);
}
