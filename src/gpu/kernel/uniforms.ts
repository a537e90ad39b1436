/**
 * Packs the uniform block of a stock program: fields of 1 to 6 four-byte values at the alignments that WGSL gives
 * scalars, vec2, vec3, vec4 and, for ranks 5 and 6, 16-byte aligned structures
 * (https://www.w3.org/TR/WGSL/#alignment-and-size).
 */

export interface UniformField {
  type: string;
  data: number[];
}

function alignmentOf(length: number): number {
  if (length <= 1) return 4;
  return length === 2 ? 8 : 16;
}

/**
 * @returns the bytes of the block, a multiple of its own alignment. A field without values (the shape of a scalar)
 * counts as one 1.
 */
export function packUniforms(fields: readonly UniformField[]): Uint8Array {
  let end = 0;
  let blockAlignment = 4;
  let previousIsStructure = false;
  const placed = fields.map(({ type, data }) => {
    const values = data.length === 0 ? [1] : data;
    const alignment = previousIsStructure ? 16 : alignmentOf(values.length);
    blockAlignment = Math.max(blockAlignment, alignment);
    const offset = Math.ceil(end / alignment) * alignment;
    end = offset + 4 * values.length;
    previousIsStructure = values.length > 4;
    return { type, values, offset };
  });
  const view = new DataView(new ArrayBuffer(Math.ceil(end / blockAlignment) * blockAlignment));
  for (const { type, values, offset } of placed) {
    values.forEach((value, i) => {
      if (type === 'int32') view.setInt32(offset + 4 * i, value, true);
      else if (type === 'uint32') view.setUint32(offset + 4 * i, value, true);
      else view.setFloat32(offset + 4 * i, value, true);
    });
  }
  return new Uint8Array(view.buffer);
}
