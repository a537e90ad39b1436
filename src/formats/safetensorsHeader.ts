/**
 * The header of a safetensors file, read by its own small grammar instead of a general JSON parser: an object whose
 * values are tensor entries or, under `__metadata__`, an object of strings. So nothing nests deeper than the format
 * does, a name that comes twice is noticed (JSON.parse would keep the last), and what is built is in proportion to the
 * text.
 */

export interface HeaderEntry {
  dtype: string;
  shape: number[];
  /** First byte and byte after the last, counted from the end of the header. */
  begin: number;
  end: number;
}

export interface Header {
  metadata: Map<string, string>;
  entries: Map<string, HeaderEntry>;
}

/** Name under which the format keeps its strings; no tensor may have it. */
export const metadataKey = '__metadata__';

/** More dimensions than any library can hold. */
const maxRank = 32;

/** What is wrong with a header, in words that can follow "because". */
export class HeaderProblem extends Error {}

const whitespace = /[ \t\n\r]*/y;
const integer = /(?:0|[1-9]\d{0,15})(?![\d.eE])/y;

class Reader {
  private position = 0;

  constructor(private readonly text: string) {}

  /** @throws HeaderProblem unless only white space is left */
  end(): void {
    this.match(whitespace);
    if (this.position !== this.text.length) throw this.unexpected();
  }

  /** Reads `{"key": value, ...}`; `value` must read the value of the key it is given. */
  object(value: (key: string) => void): void {
    const seen = new Set<string>();
    this.list('{', '}', () => {
      const key = this.string();
      if (seen.has(key)) throw new HeaderProblem(`the name ${quoted(key)} comes twice`);
      seen.add(key);
      this.expect(':');
      value(key);
    });
  }

  integers(most: number): number[] {
    const values: number[] = [];
    this.list('[', ']', () => {
      if (values.length === most) throw new HeaderProblem(`a list has more than ${most} numbers`);
      values.push(this.integer());
    });
    return values;
  }

  string(): string {
    this.match(whitespace);
    if (this.text[this.position] !== '"') throw this.unexpected();
    let end = this.position + 1;
    while (end < this.text.length && this.text[end] !== '"') end += this.text[end] === '\\' ? 2 : 1;
    try {
      const value = JSON.parse(this.text.slice(this.position, end + 1)) as string;
      this.position = end + 1;
      return value;
    } catch {
      throw this.unexpected();
    }
  }

  private integer(): number {
    this.match(whitespace);
    const text = this.match(integer);
    if (text === null) throw this.unexpected();
    const value = Number(text);
    if (!Number.isSafeInteger(value)) throw new HeaderProblem(`the number ${text} is too large`);
    return value;
  }

  private list(open: string, close: string, item: () => void): void {
    this.expect(open);
    if (this.accept(close)) return;
    do item();
    while (this.accept(','));
    this.expect(close);
  }

  private accept(character: string): boolean {
    this.match(whitespace);
    if (this.text[this.position] !== character) return false;
    this.position += 1;
    return true;
  }

  private expect(character: string): void {
    if (!this.accept(character)) throw this.unexpected();
  }

  private match(pattern: RegExp): string | null {
    pattern.lastIndex = this.position;
    const text = pattern.exec(this.text)?.[0] ?? null;
    if (text !== null) this.position += text.length;
    return text;
  }

  private unexpected(): HeaderProblem {
    return new HeaderProblem(`its header is not what the format asks for at character ${this.position}`);
  }
}

/** A name for messages: quoted, and not longer than a line. */
export function quoted(name: string): string {
  return JSON.stringify(name.length > 60 ? `${name.slice(0, 60)}…` : name);
}

function readEntry(reader: Reader, name: string): HeaderEntry {
  const found: { dtype?: string; shape?: number[]; offsets?: number[] } = {};
  reader.object((key) => {
    if (key === 'dtype') found.dtype = reader.string();
    else if (key === 'shape') found.shape = reader.integers(maxRank);
    else if (key === 'data_offsets') found.offsets = reader.integers(2);
    else throw new HeaderProblem(`tensor ${quoted(name)} has an unknown field ${quoted(key)}`);
  });
  const { dtype, shape, offsets } = found;
  const [begin, end] = offsets ?? [];
  if (dtype === undefined || shape === undefined || begin === undefined || end === undefined) {
    throw new HeaderProblem(`tensor ${quoted(name)} lacks its type, its shape or its place`);
  }
  return { dtype, shape, begin, end };
}

/**
 * @param text the header, white space at its end allowed
 * @throws HeaderProblem
 */
export function parseHeader(text: string): Header {
  const metadata = new Map<string, string>();
  const entries = new Map<string, HeaderEntry>();
  const reader = new Reader(text);
  reader.object((name) => {
    if (name === metadataKey) reader.object((key) => metadata.set(key, reader.string()));
    else entries.set(name, readEntry(reader, name));
  });
  reader.end();
  return { metadata, entries };
}
