/** Comma-separated values (RFC 4180): lines end in CR LF, fields that need it are quoted. */

export type CsvField = string | number | null | undefined;

function fieldText(field: CsvField): string {
  if (field == null) return '';
  const text = String(field);
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * @param columns names, the first line
 * @param rows as many fields as columns; null and undefined are empty
 */
export function writeCsv(columns: readonly string[], rows: readonly (readonly CsvField[])[]): string {
  return [columns, ...rows].map((row) => `${row.map(fieldText).join(',')}\r\n`).join('');
}
