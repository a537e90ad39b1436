/**
 * What a file is by its first bytes, in words for a person who chose it for a CLIP: downloads that went wrong are often
 * something else under the right name.
 */

export type FileKind = { kind: 'onnx' } | { kind: 'json' } | { kind: 'binary' } | { kind: 'other'; words: string };

/** As much of a file's beginning as `fileKind` looks at. */
export const HEAD_BYTES = 512;

const signatures: readonly { at: number; bytes: readonly number[] | string; words: string }[] = [
  { at: 0, bytes: [0x89, 0x50, 0x4e, 0x47], words: 'a PNG picture' },
  { at: 0, bytes: [0xff, 0xd8, 0xff], words: 'a JPEG picture' },
  { at: 0, bytes: 'GIF8', words: 'a GIF picture' },
  { at: 8, bytes: 'WEBP', words: 'a WebP picture' },
  {
    at: 0,
    bytes: [0x50, 0x4b, 0x03, 0x04],
    words: 'a zip archive (PyTorch’s .pt and .pth files are zip archives too)',
  },
  { at: 0, bytes: [0x1f, 0x8b], words: 'a gzip archive' },
  { at: 0, bytes: '7z\u00bc\u00af', words: 'a 7z archive' },
  { at: 257, bytes: 'ustar', words: 'a tar archive' },
  { at: 0, bytes: [0x80, 0x02], words: 'a Python pickle, as older PyTorch files are' },
  { at: 0, bytes: [0x89, 0x48, 0x44, 0x46], words: 'an HDF5 file, as Keras writes' },
  { at: 0, bytes: 'GGUF', words: 'a GGUF file' },
  { at: 4, bytes: 'TFL3', words: 'a TensorFlow Lite model' },
  { at: 0, bytes: '%PDF', words: 'a PDF document' },
];

function holds(head: Uint8Array, at: number, wanted: readonly number[] | string): boolean {
  const bytes = typeof wanted === 'string' ? Array.from(wanted, (char) => char.charCodeAt(0)) : wanted;
  return head.length >= at + bytes.length && bytes.every((byte, i) => head[at + i] === byte);
}

/** The header's length (u64), then a JSON object. */
const isSafetensors = (head: Uint8Array): boolean =>
  head.length > 9 && head[8] === 0x7b && head.subarray(4, 8).every((byte) => byte === 0);

const isText = (head: Uint8Array): boolean =>
  head.length > 0 && head.every((byte) => byte >= 128 || byte >= 32 || (byte >= 9 && byte <= 13));

/**
 * Field 1 (`ir_version`, a small number) comes first in what every known exporter writes; then another field of
 * ModelProto, or the end.
 */
const isOnnx = (head: Uint8Array): boolean =>
  head[0] === 0x08 &&
  (head[1] ?? 0) > 0 &&
  (head[1] ?? 0) < 64 &&
  [0x12, 0x1a, 0x22, 0x28, 0x32, 0x3a, 0x42, 0x72].includes(head[2] ?? 0);

/** @param head the first `HEAD_BYTES` of the file, or all of a shorter one */
export function fileKind(head: Uint8Array): FileKind {
  if (head.length === 0) return { kind: 'other', words: 'empty' };
  if (isOnnx(head)) return { kind: 'onnx' };
  if (isSafetensors(head)) return { kind: 'other', words: 'a safetensors file (weights without a graph)' };
  for (const { at, bytes, words } of signatures) if (holds(head, at, bytes)) return { kind: 'other', words };
  if (!isText(head)) return { kind: 'binary' };
  const text = new TextDecoder().decode(head).trimStart();
  if (text.startsWith('{')) return { kind: 'json' };
  if (text.startsWith('<')) return { kind: 'other', words: 'a web page, perhaps a server’s error message' };
  if (text.startsWith('version https://git-lfs'))
    return { kind: 'other', words: 'a Git LFS pointer: the address of the file, not the file' };
  return { kind: 'other', words: 'a text' };
}
