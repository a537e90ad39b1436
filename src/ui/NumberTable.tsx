/** Numbers in rows and columns, at hand for those who would rather read than look: scrolls, and its head stays. */
import { ScrollArea } from './ScrollArea';

export interface NumberRow {
  /** Tells it from the others. */
  key: string | number;
  head: string;
  /** One for each column but the first. */
  cells: readonly string[];
  /** Said where the pointer rests. */
  title?: string;
}

export function NumberTable({
  caption,
  label = caption,
  columns,
  rows,
  names = false,
}: {
  caption: string;
  /** Of the area that scrolls. */
  label?: string;
  /** The first is that of the rows' heads. Another may stand twice. */
  columns: readonly string[];
  rows: readonly NumberRow[];
  /** Whether the rows' heads are names, which begin at the left, and no numbers. */
  names?: boolean;
}) {
  const side = names ? 'text-start' : 'text-end';
  return (
    <ScrollArea label={label} className="max-h-64 rounded-control border border-line">
      <table className="numeric w-full text-xs">
        <caption className="sr-only">{caption}</caption>
        <thead>
          <tr className="sticky top-0 bg-sunken">
            {columns.map((column, i) => (
              <th
                key={`${i} ${column}`}
                scope="col"
                className={`px-2 py-1 font-semibold ${i === 0 ? side : 'text-end'}`}
              >
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ key, head, cells, title }) => (
            <tr key={key} className="border-t border-line" title={title}>
              <th scope="row" className={`px-2 py-1 font-normal ${side}`}>
                {head}
              </th>
              {cells.map((cell, i) => (
                <td key={`${i} ${columns[i + 1]}`} className="px-2 py-1 text-end whitespace-nowrap">
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollArea>
  );
}
