/** Float64 references of the embeddings. */
export function mixEmbeddingsRef(u: Float64Array, table: Float64Array, slots: number, width: number): Float64Array {
  return Float64Array.from({ length: (u.length / slots) * width }, (_, i) => {
    const row = Math.floor(i / width);
    let sum = 0;
    for (let s = 0; s < slots; s++) sum += (u[row * slots + s] ?? NaN) * (table[s * width + (i % width)] ?? NaN);
    return sum;
  });
}

export function pickEmbeddingsRef(indices: readonly number[], table: Float64Array, width: number): Float64Array {
  return Float64Array.from(indices.flatMap((index) => Array.from(table.subarray(index * width, (index + 1) * width))));
}
