/**
 * The files of a tar archive (POSIX ustar and pax, GNU long names) as slices: nothing but headers is read. Links to
 * files of the archive give that file once more; other links, devices and paths that lead out are named and left out.
 * Each header's checksum is verified, so that a damaged or lying archive ends there, with what was read before.
 */
import { StudioError } from '../../shared/errors';
import { partOf } from '../partOf';
import { safePath } from '../safePath';
import { decodeAs, detectEncoding, isUtf8 } from '../reading/textEncoding';
import type { WalkSink } from '../walkTree';
import type { Budget } from './budget';

const BLOCK = 512;
/** Of one extended header: names are short. */
const MAX_EXTENDED = 2 ** 20;

interface Extended {
  path?: string;
  linkPath?: string;
  size?: number;
}

const field = (block: Uint8Array, at: number, length: number): Uint8Array => {
  const bytes = block.subarray(at, at + length);
  const end = bytes.indexOf(0);
  return end < 0 ? bytes : bytes.subarray(0, end);
};
const text = (bytes: Uint8Array): string =>
  isUtf8(bytes) ? new TextDecoder().decode(bytes) : decodeAs(bytes, detectEncoding([bytes]));

/** Octal digits, or base 256 for more than fits (GNU). NaN where it is neither. */
function numberAt(block: Uint8Array, at: number, length: number): number {
  const first = block[at] ?? 0;
  if ((first & 0x80) !== 0) {
    let value = first & 0x3f;
    for (let i = 1; i < length; i += 1) value = value * 256 + (block[at + i] ?? 0);
    return value;
  }
  const digits = text(field(block, at, length)).trim();
  return /^[0-7]*$/.test(digits) ? Number.parseInt(digits || '0', 8) : NaN;
}

function isSound(block: Uint8Array): boolean {
  let sum = 0;
  for (let at = 0; at < BLOCK; at += 1) sum += at >= 148 && at < 156 ? 32 : (block[at] ?? 0);
  return sum === numberAt(block, 148, 8);
}

/** "27 path=set/cat/1.png\n", one after another. */
function paxRecords(bytes: Uint8Array): Extended {
  const found: Extended = {};
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(32, at);
    const length = Number(text(bytes.subarray(at, Math.max(at, space))));
    if (space < 0 || !Number.isInteger(length) || length <= space - at || at + length > bytes.length) break;
    const record = text(bytes.subarray(space + 1, at + length - 1));
    const equals = record.indexOf('=');
    const [key, value] = [record.slice(0, equals), record.slice(equals + 1)];
    if (key === 'path') found.path = value;
    if (key === 'linkpath') found.linkPath = value;
    if (key === 'size' && /^\d+$/.test(value)) found.size = Number(value);
    at += length;
  }
  return found;
}

async function bytesAt(archive: Blob, from: number, length: number): Promise<Uint8Array> {
  return new Uint8Array(await archive.slice(from, from + length).arrayBuffer());
}

const plainName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
const resolve = (from: string, target: string): string | null => {
  const segments = target.startsWith('/') ? [] : from.split('/').slice(0, -1);
  for (const segment of target.split('/')) {
    if (segment === '..') {
      if (segments.pop() === undefined) return null;
    } else if (segment !== '' && segment !== '.') segments.push(segment);
  }
  return segments.join('/');
};

function tarError(why: string): StudioError {
  return new StudioError({
    code: 'format',
    what: 'The tar archive could not be opened.',
    why,
    action: 'Unpack it with another program and drop the folder instead.',
  });
}

/** Throws `StudioError` `format` where nothing in it can be read. */
export async function readTar(archive: Blob, sink: WalkSink, budget: Budget): Promise<void> {
  const files = new Map<string, File>();
  const links: { path: string; target: string }[] = [];
  let extended: Extended = {};
  let entries = 0;
  let at = 0;
  const skip = (path: string, reason: string): void => sink.skipped({ path, reason });
  const take = (path: string, from: number, size: number, modified: number): void => {
    const file = partOf(archive, from, from + size, plainName(path), modified * 1000);
    files.set(path, file);
    sink.file(path, file);
  };
  while (at + BLOCK <= archive.size) {
    sink.signal?.throwIfAborted();
    const block = await bytesAt(archive, at, BLOCK);
    if (block.every((byte) => byte === 0)) {
      at += BLOCK;
      continue;
    }
    if (!isSound(block)) {
      if (entries === 0) throw tarError('It is damaged, cut off or not a tar archive.');
      skip(`(from byte ${at})`, 'the archive is damaged from here on');
      break;
    }
    if ((entries += 1) > budget.limits.entries)
      throw tarError(`It holds more than ${budget.limits.entries.toLocaleString('en-US')} files.`);
    const type = String.fromCharCode(block[156] ?? 0);
    const size = extended.size ?? numberAt(block, 124, 12);
    if (!Number.isSafeInteger(size) || size < 0) throw tarError('It says an impossible size of one of its files.');
    const body = at + BLOCK;
    at = body + Math.ceil(size / BLOCK) * BLOCK;
    if ('xgLK'.includes(type) && type !== '') {
      if (size > MAX_EXTENDED) throw tarError('One of its names is longer than a name can be.');
      const bytes = await bytesAt(archive, body, size);
      if (type === 'x') extended = { ...extended, ...paxRecords(bytes) };
      if (type === 'L') extended = { ...extended, path: text(field(bytes, 0, size)) };
      if (type === 'K') extended = { ...extended, linkPath: text(field(bytes, 0, size)) };
      continue;
    }
    const prefix = text(field(block, 257, 5)) === 'ustar' && block[262] === 0 ? text(field(block, 345, 155)) : '';
    const name = extended.path ?? (prefix ? `${prefix}/` : '') + text(field(block, 0, 100));
    const target = extended.linkPath ?? text(field(block, 157, 100));
    extended = {};
    const path = safePath(name.replace(/^(?:\.\/)+/, ''));
    if (type === '5' || name.endsWith('/')) continue;
    if (path === null) skip(name.slice(0, 300), 'its path leads out of the archive');
    else if (type === '1' || type === '2')
      links.push({ path, target: type === '1' ? target.replace(/^(?:\.\/)+/, '') : (resolve(path, target) ?? '') });
    else if (type !== '0' && type !== '\0' && type !== '7') skip(path, 'a device or another thing that is no file');
    else if (body + size > archive.size) skip(path, 'cut off: the archive ends before it does');
    else take(path, body, size, numberAt(block, 136, 12) || 0);
  }
  for (const { path, target } of links) {
    const file = files.get(target);
    if (file) sink.file(path, file);
    else skip(path, 'a link to something that is not in the archive');
  }
}
