/** Tar archives for tests: ustar, with pax headers for long names. */
import { joinedBytes } from '../../shared/joined';

const BLOCK = 512;

/** @param size in bytes */
export function tarHeader(name: string, size: number, type: string, link = ''): Uint8Array {
  const block = new Uint8Array(BLOCK);
  const put = (text: string, at: number): void => block.set(new TextEncoder().encode(text), at);
  put(name.slice(0, 100), 0);
  put('0000644\0', 100);
  put(`${size.toString(8).padStart(11, '0')}\0`, 124);
  put('00000000000\0', 136);
  put(type, 156);
  put(link.slice(0, 100), 157);
  put('ustar\u000000', 257);
  put('        ', 148);
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

const padded = (bytes: Uint8Array): Uint8Array => {
  const block = new Uint8Array(Math.ceil(bytes.length / BLOCK) * BLOCK);
  block.set(bytes);
  return block;
};

/** @param contents text or bytes by path, or `{ link }` for a symbolic link */
export function tarOf(contents: Record<string, string | Uint8Array | { link: string }>): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  for (const [path, content] of Object.entries(contents)) {
    if (path.length > 100) {
      const body = ` path=${path}\n`;
      const length = body.length + String(body.length + 3).length;
      const record = new TextEncoder().encode(`${length}${body}`);
      parts.push(tarHeader('pax', record.length, 'x'), padded(record));
    }
    if (typeof content === 'object' && 'link' in content) {
      parts.push(tarHeader(path, 0, '2', content.link));
      continue;
    }
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    parts.push(tarHeader(path, bytes.length, '0'), padded(bytes));
  }
  parts.push(new Uint8Array(2 * BLOCK));
  return joinedBytes(parts);
}
