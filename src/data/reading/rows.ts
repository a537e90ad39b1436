/**
 * Text of a label file to rows of fields: CSV by papaparse (comma, semicolon, tab, bar; quotes, BOM, any line end),
 * lists with a path and a label apart by white space, and tables of numbers apart by runs of it. Sizes are judged before
 * anything is split.
 */
import Papa from 'papaparse';

/** Three million lines take a gigabyte once they are rows, and three times as many pictures as can be read here. */
export const rowLimits = { bytes: 64 * 2 ** 20, columns: 2000, lines: 3_000_000, cells: 20_000_000 };

/** Why a text is not split into rows. */
export class RowsRefused extends Error {
  override readonly name = 'RowsRefused';
}

/** One pass over the text: lines, fields of the longest one, and of all. */
function countFields(text: string): { lines: number; columns: number; cells: number } {
  let line = 1;
  let lines = 1;
  let columns = 1;
  let cells = 1;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 10 || code === 13) {
      line = 1;
      cells += 1;
      // Of a pair, the second.
      if (code === 10 || text.charCodeAt(at + 1) !== 10) lines += 1;
    } else if (code === 44 || code === 59 || code === 9 || code === 124) {
      line += 1;
      cells += 1;
      if (line > columns) columns = line;
    }
  }
  return { lines, columns, cells };
}

/** White space between path and label; the path itself may hold some. */
const spaced = /^\s*(\S.*?)\s+(\S+)\s*$/;

/** A path up to its ending, and what follows. */
const afterEnding = /^\s*(\S.*?\.(?:jpe?g|png|bmp|gif|webp|tiff?|jfif))\s+(\S.*?)\s*$/i;

/** Lines of a path and a label of several words, or of a path and several fields; null where they are not that. */
function afterPaths(lines: readonly string[]): string[][] | null {
  const rows: string[][] = [];
  for (const line of lines) {
    if (line.trim() === '') continue;
    const parts = afterEnding.exec(line);
    if (!parts) return null;
    const rest = (parts[2] ?? '').split(/\s+/);
    const asOne = rest.every((each) => Number.isNaN(Number(each)));
    rows.push([parts[1] ?? '', ...(asOne ? [rest.join(' ')] : rest)]);
  }
  return rows.length > 0 ? rows : null;
}

/** A name, and numbers of the same count in each line; null where they are not that. */
function numbersAfterNames(lines: readonly string[]): string[][] | null {
  const rows = lines.filter((line) => line.trim() !== '').map((line) => line.trim().split(/\s+/));
  const width = rows[0]?.length ?? 0;
  const same = rows.every((row) => row.length === width && row.slice(1).every((field) => !Number.isNaN(Number(field))));
  return width > 2 && same ? rows : null;
}

/** A line with nothing but the number of rows. */
const counted = /^\s*\d+[ \t]*(?:\r\n?|\n)/;

/** The first lines that are not empty; what comes after them is not looked at. */
function firstLines(text: string, count: number): string[] {
  const found: string[] = [];
  let from = 0;
  for (const end of text.matchAll(/\r\n?|\n|$/g)) {
    const line = text.slice(from, end.index);
    if (line.trim() !== '') found.push(line);
    if (found.length === count) break;
    from = end.index + end[0].length;
  }
  return found;
}

/**
 * CelebA's form: perhaps a line that counts the rows, the names of the columns, and a row of a name and numbers for each
 * picture. The pictures' own column may have no name. Null where it is not that.
 * @throws RowsRefused
 */
function underHeader(text: string): string[][] | null {
  const table = text.replace(counted, '');
  const [first, second] = firstLines(table, 2);
  if (first === undefined || second === undefined) return null;
  const header = first.trim().split(/\s+/);
  const width = numbersAfterNames([second])?.[0]?.length ?? 0;
  const unnamed = width - header.length;
  if (unnamed < 0 || unnamed > 1 || !header.every((name) => Number.isNaN(Number(name)))) return null;
  if (width > rowLimits.columns) throw tooManyColumns();
  const lines = table.split(/\r\n?|\n/);
  if (width * lines.length > rowLimits.cells) throw tooManyCells();
  const rows = numbersAfterNames(lines.slice(lines.indexOf(first) + 1));
  return rows && [unnamed === 1 ? ['', ...header] : header, ...rows];
}

const tooManyColumns = (): RowsRefused =>
  new RowsRefused(`it has a line of more than ${rowLimits.columns.toLocaleString('en-US')} columns`);
const tooManyCells = (): RowsRefused => new RowsRefused('it has more than 20 million fields');

function looksSpaced(lines: readonly string[]): boolean {
  const some = lines.filter((line) => line.trim() !== '').slice(0, 50);
  return some.length > 0 && some.every((line) => !/[,;\t|]/.test(line) && spaced.test(line));
}

/** @throws RowsRefused */
export function rowsOfText(whole: string): string[][] {
  // Remarks at the beginning.
  const text = whole.replace(/^(?:[ \t]*#[^\r\n]*(?:\r\n?|\n))+/, '');
  const { lines: count, columns, cells } = countFields(text);
  if (count > rowLimits.lines) throw new RowsRefused('it has more than 3 million lines');
  if (columns > rowLimits.columns) throw tooManyColumns();
  if (cells > rowLimits.cells) throw tooManyCells();
  const table = underHeader(text);
  if (table) return table;
  const lines = text.slice(0, 20_000).split(/\r\n?|\n/);
  if (looksSpaced(lines.slice(0, -1).length > 0 ? lines.slice(0, -1) : lines))
    return (
      afterPaths(text.split(/\r\n?|\n/)) ??
      numbersAfterNames(text.split(/\r\n?|\n/)) ??
      text.split(/\r\n?|\n/).flatMap((line) => {
        const parts = spaced.exec(line);
        return parts ? [[parts[1] ?? '', parts[2] ?? '']] : [];
      })
    );
  const { data } = Papa.parse<string[]>(text, {
    skipEmptyLines: 'greedy',
    delimitersToGuess: [',', ';', '\t', '|'],
  });
  return data.map((row) => row.map((field) => field.trim()));
}
