/**
 * A matrix of which every row has few entries: memberships q and conditions u, [N, S]. An image belongs to the clusters
 * of two classes at most, so that 100,000 images in 200 classes of 8 clusters hold 16 numbers each instead of 1,600.
 * Compressed rows; immutable once made.
 */
export class SparseRows {
  /** @throws RangeError if the arrays do not fit together */
  static of({ columns, starts, indices, values }: PlainRows): SparseRows {
    return new SparseRows(columns, starts, indices, values);
  }

  /**
   * @param columns S
   * @param starts [N + 1]: row i has the entries starts[i] .. starts[i + 1] - 1
   * @param indices column of each entry, ascending inside a row
   * @param values value of each entry
   * @throws RangeError if the arrays do not fit together
   */
  constructor(
    readonly columns: number,
    readonly starts: Uint32Array,
    readonly indices: Uint32Array,
    readonly values: Float32Array,
  ) {
    const ascending = starts.every((start, i) => (i === 0 ? start === 0 : start >= (starts[i - 1] as number)));
    if (!ascending || starts.at(-1) !== values.length || indices.length !== values.length)
      throw new RangeError(`${indices.length} columns and ${values.length} values do not fill the rows`);
    if (indices.some((column) => column >= columns)) throw new RangeError(`an entry lies outside ${columns} columns`);
  }

  /** Keeps what is not zero. @param dense row-major, [N, columns] */
  static fromDense(dense: ArrayLike<number>, columns: number): SparseRows {
    const count = columns > 0 ? dense.length / columns : 0;
    return SparseRows.build(count, columns, (row, add) => {
      for (let column = 0; column < columns; column += 1) {
        const value = dense[row * columns + column] as number;
        if (value !== 0) add(column, value);
      }
    });
  }

  /** @param fill is called once a row, in order, and adds its entries by ascending column */
  static build(
    count: number,
    columns: number,
    fill: (row: number, add: (column: number, value: number) => void) => void,
  ): SparseRows {
    const starts = new Uint32Array(count + 1);
    let indices = new Uint32Array(4 * count + 16);
    let values = new Float32Array(4 * count + 16);
    let used = 0;
    const add = (column: number, value: number): void => {
      if (used === values.length) {
        const [wider, more] = [new Uint32Array(2 * used), new Float32Array(2 * used)];
        wider.set(indices);
        more.set(values);
        [indices, values] = [wider, more];
      }
      indices[used] = column;
      values[used] = value;
      used += 1;
    };
    for (let row = 0; row < count; row += 1) {
      fill(row, add);
      starts[row + 1] = used;
    }
    return new SparseRows(columns, starts, indices.slice(0, used), values.slice(0, used));
  }

  /** As plain data, which is stored and comes back by `SparseRows.of`; nothing is copied. */
  get plain(): PlainRows {
    const { columns, starts, indices, values } = this;
    return { columns, starts, indices, values };
  }

  /** N. */
  get count(): number {
    return this.starts.length - 1;
  }

  /** Calls `visit` for the entries of a row, by ascending column. */
  forRow(row: number, visit: (column: number, value: number) => void): void {
    const end = this.starts[row + 1] ?? 0;
    for (let at = this.starts[row] ?? 0; at < end; at += 1)
      visit(this.indices[at] as number, this.values[at] as number);
  }

  /** One value; 0 where there is no entry. */
  at(row: number, column: number): number {
    const end = this.starts[row + 1] ?? 0;
    for (let at = this.starts[row] ?? 0; at < end; at += 1)
      if (this.indices[at] === column) return this.values[at] as number;
    return 0;
  }

  /** A row as numbers, [columns]. */
  denseRow(row: number): Float32Array {
    const dense = new Float32Array(this.columns);
    this.forRow(row, (column, value) => {
      dense[column] = value;
    });
    return dense;
  }

  /** All rows, [N, columns], row-major: for small matrices. */
  toDense(): Float32Array {
    const dense = new Float32Array(this.count * this.columns);
    for (let row = 0; row < this.count; row += 1) dense.set(this.denseRow(row), row * this.columns);
    return dense;
  }
}

export type PlainRows = Pick<SparseRows, 'columns' | 'starts' | 'indices' | 'values'>;
