/** Apple's property lists in their XML form: dictionaries, lists, texts, numbers and truth values. */
import { xmlText } from './xmlText';

/** Deeper ones are not read. */
const mostNested = 32;

interface Tag {
  name: string;
  /** What follows until the next tag. */
  text: string;
  closes: boolean;
  /** It has no end of its own. */
  empty: boolean;
}

class Broken extends Error {}

class PlistReader {
  private at = 0;

  constructor(private readonly text: string) {}

  /** The next tag, comments and declarations passed over. */
  private next(): Tag {
    const { text } = this;
    for (;;) {
      const from = text.indexOf('<', this.at);
      if (from < 0) throw new Broken();
      const comment = text.startsWith('<!--', from);
      const end = text.indexOf(comment ? '-->' : '>', from);
      if (end < 0) throw new Broken();
      this.at = end + (comment ? 3 : 1);
      const begin = text.charAt(from + 1);
      if (begin === '!' || begin === '?') continue;
      const closes = begin === '/';
      const name = /^[a-z]*/.exec(text.slice(from + (closes ? 2 : 1), from + 20))?.[0] ?? '';
      const follows = text.indexOf('<', this.at);
      return {
        name,
        text: text.slice(this.at, follows < 0 ? text.length : follows),
        closes,
        empty: text.charAt(end - 1) === '/',
      };
    }
  }

  private end(name: string): void {
    const tag = this.next();
    if (!tag.closes || tag.name !== name) throw new Broken();
  }

  private value(tag: Tag, depth: number): unknown {
    const { name, text, closes, empty } = tag;
    if (closes || depth > mostNested) throw new Broken();
    if (name === 'dict') return empty ? {} : Object.fromEntries(this.entries(depth));
    if (name === 'array') return empty ? [] : [...this.items(depth)];
    if (!empty) this.end(name);
    if (name === 'true' || name === 'false') return name === 'true';
    return name === 'integer' || name === 'real' ? Number(text) : xmlText(empty ? '' : text);
  }

  private *entries(depth: number): Generator<[string, unknown]> {
    for (let tag = this.next(); !(tag.closes && tag.name === 'dict'); tag = this.next()) {
      if (tag.name !== 'key' || tag.closes) throw new Broken();
      if (!tag.empty) this.end('key');
      yield [xmlText(tag.text), this.value(this.next(), depth + 1)];
    }
  }

  private *items(depth: number): Generator<unknown> {
    for (let tag = this.next(); !(tag.closes && tag.name === 'array'); tag = this.next())
      yield this.value(tag, depth + 1);
  }

  read(): unknown {
    const outer = this.next();
    if (outer.name !== 'plist' || outer.closes || outer.empty) throw new Broken();
    return this.value(this.next(), 0);
  }
}

/** Dates and bytes are given as the text that they are written in; null for what is no whole property list. */
export function readPlist(text: string): unknown {
  try {
    return new PlistReader(text).read();
  } catch (error) {
    if (error instanceof Broken) return null;
    throw error;
  }
}
