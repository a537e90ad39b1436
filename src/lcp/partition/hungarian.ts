/**
 * Minimum-cost assignment (the Hungarian method in the form of shortest augmenting paths with potentials, Kuhn 1955,
 * Jonker and Volgenant 1987). Used to keep cluster ids stable when a partition is refreshed (docs/method.md, section
 * 2).
 */

/**
 * @param cost [rows, columns], any finite numbers
 * @returns for each row its column, or -1 where there are more rows than columns; exactly min(rows, columns) rows are
 * assigned and their total cost is minimal
 */
export function assignMinimumCost(cost: readonly (readonly number[])[]): number[] {
  const rows = cost.length;
  const columns = cost[0]?.length ?? 0;
  if (rows === 0 || columns === 0) return Array.from({ length: rows }, () => -1);
  if (rows <= columns) return assignRows(cost, rows, columns);
  const transposed = Array.from({ length: columns }, (_, c) => cost.map((row) => row[c] as number));
  const rowOfColumn = assignRows(transposed, columns, rows);
  const result = Array.from({ length: rows }, () => -1);
  rowOfColumn.forEach((row, column) => {
    result[row] = column;
  });
  return result;
}

/** rows <= columns. Rows and columns count from 1 here; column 0 holds the row being inserted. */
function assignRows(cost: readonly (readonly number[])[], rows: number, columns: number): number[] {
  const rowPotential = new Float64Array(rows + 1);
  const columnPotential = new Float64Array(columns + 1);
  const rowOf = new Int32Array(columns + 1);
  for (let row = 1; row <= rows; row += 1) {
    rowOf[0] = row;
    const way = new Int32Array(columns + 1);
    const slack = new Float64Array(columns + 1).fill(Infinity);
    const done = new Uint8Array(columns + 1);
    let column = 0;
    do {
      done[column] = 1;
      const current = rowOf[column] as number;
      let delta = Infinity;
      let next = 0;
      for (let j = 1; j <= columns; j += 1) {
        if (done[j]) continue;
        const reduced =
          (cost[current - 1]?.[j - 1] as number) - (rowPotential[current] as number) - (columnPotential[j] as number);
        if (reduced < (slack[j] as number)) {
          slack[j] = reduced;
          way[j] = column;
        }
        if ((slack[j] as number) < delta) {
          delta = slack[j] as number;
          next = j;
        }
      }
      for (let j = 0; j <= columns; j += 1) {
        if (done[j]) {
          const owner = rowOf[j] as number;
          rowPotential[owner] = (rowPotential[owner] as number) + delta;
          columnPotential[j] = (columnPotential[j] as number) - delta;
        } else slack[j] = (slack[j] as number) - delta;
      }
      column = next;
    } while (rowOf[column] !== 0);
    while (column !== 0) {
      const previous = way[column] as number;
      rowOf[column] = rowOf[previous] as number;
      column = previous;
    }
  }
  const result = Array.from({ length: rows }, () => -1);
  for (let j = 1; j <= columns; j += 1) if ((rowOf[j] as number) > 0) result[(rowOf[j] as number) - 1] = j - 1;
  return result;
}
