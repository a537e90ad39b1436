/**
 * What people wrote in a source file: its comments as running text. Lines that belong together are joined, so that a
 * reference may be wrapped; everything else becomes a gap that nothing reaches across. Works line by line: a comment
 * has its own line, or follows code after `//` and a space. Strings that look like one are read too, which does no harm.
 */

/** A stretch of running text. */
export interface Passage {
  text: string;
  /** Line of the file at each character of `text`, from 1. */
  lines: readonly number[];
}

const ownLine = /^\s*(?:\/\/+|\/\*\*?|\*(?!\/)|#(?!!))\s?(.*?)\s*(?:\*\/)?\s*$/;
const trailing = /\s\/\/ (.*)$/;

function commentOf(line: string): { text: string; alone: boolean } | null {
  const own = ownLine.exec(line);
  if (own) return { text: own[1] ?? '', alone: true };
  const after = trailing.exec(line);
  return after ? { text: after[1] ?? '', alone: false } : null;
}

class Collector {
  readonly passages: Passage[] = [];
  private text = '';
  private lines: number[] = [];

  add(text: string, line: number): void {
    const joined = this.text === '' ? text : ` ${text}`;
    this.text += joined;
    for (let i = 0; i < joined.length; i += 1) this.lines.push(line);
  }

  close(): void {
    if (this.text !== '') this.passages.push({ text: this.text, lines: this.lines });
    this.text = '';
    this.lines = [];
  }
}

/** The comments of a source file. */
export function commentsOf(source: string): Passage[] {
  const collector = new Collector();
  source.split('\n').forEach((line, index) => {
    const comment = commentOf(line);
    if (!comment?.alone) collector.close();
    if (comment) collector.add(comment.text, index + 1);
    if (comment && !comment.alone) collector.close();
  });
  collector.close();
  return collector.passages;
}

/** The paragraphs of a Markdown document, code blocks among them; headings and list items stand alone. */
export function paragraphsOf(source: string): Passage[] {
  const collector = new Collector();
  source.split('\n').forEach((line, index) => {
    if (/^\s*$|^#|^\s*[-*|]\s|^\s*\d+\.\s|^\s*```/.test(line)) collector.close();
    if (line.trim() !== '') collector.add(line.trim(), index + 1);
  });
  collector.close();
  return collector.passages;
}
