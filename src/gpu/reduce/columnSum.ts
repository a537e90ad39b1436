/**
 * Sum over all axes but the last: the gradient of a bias. Deterministic: parts of the rows are summed in a fixed order,
 * then the parts. One dispatch, two where there are many rows.
 */
import { linearGrid } from '../kernel/dispatch';
import { noEpilogue } from '../gemm/epilogue';
import { splitSum } from '../gemm/splitSum';
import { defineOp } from '../kernel/op';
import { runProgram } from '../kernel/program';
import { broadcastTo, type Tensor, type Tensor1D, type TensorInfo } from '../tensor';
import { tuning } from '../tuning';

/** Rows that one thread sums before splitting pays. */
const rowsAThread = { gpu: 256, cpu: 2048 };

function run(x: TensorInfo): TensorInfo[] {
  const columns = x.shape.at(-1) ?? 1;
  const rows = x.shape.reduce((a, b) => a * b, 1) / columns;
  const vector = columns % 4 === 0;
  const type = vector ? 'vec4<f32>' : 'f32';
  const across = vector ? columns / 4 : columns;
  const { workgroupMemory, wantedWorkgroups } = tuning();
  const least = workgroupMemory ? rowsAThread.gpu : rowsAThread.cpu;
  const wanted = Math.ceil((wantedWorkgroups * 64) / across);
  const chunk = Math.max(least, Math.ceil(rows / Math.min(wanted, 1024)));
  const parts = Math.ceil(rows / chunk);
  const grid = linearGrid(across * parts);
  const made = runProgram({
    label: 'columnSum',
    ints: { rows, across, chunk, threads: across * parts },
    outputs: { y: { shape: parts > 1 ? [parts, columns] : [columns], element: type } },
    inputs: { x: { tensor: x, element: type } },
    body: () => /* wgsl */ `
@compute @workgroup_size(${grid.size}) ${grid.main} {
  ${grid.index}
  let i = i32(index);
  if (i >= dims.threads) { return; }
  let column = i % dims.across;
  let first = i / dims.across * dims.chunk;
  let end = min(dims.rows, first + dims.chunk);
  var total = ${type}(0.0);
  for (var row = first; row < end; row++) { total += x[row * dims.across + column]; }
  y[i] = total;
}`,
    workgroups: grid.workgroups,
  });
  const [first] = made;
  return parts > 1 && first ? splitSum(first, parts, [columns], noEpilogue) : made;
}

const columnSumOp = defineOp<'x'>({
  name: 'StudioColumnSum',
  forward: ({ x }) => run(x),
  saveInputs: ['x'],
  backward: (dy, [x]) => ({ x: () => broadcastTo(dy, x?.shape ?? []) }),
});

/**
 * @param x [..., C]
 * @returns [C]
 */
export function columnSum(x: Tensor): Tensor1D {
  return columnSumOp({ x }, {}) as Tensor as Tensor1D;
}
