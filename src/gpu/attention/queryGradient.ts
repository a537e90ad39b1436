/**
 * The gradient by queries, as a function of WGSL: alone in one dispatch with the other gradients, or first, leaving the
 * weights to them.
 */
import { ownPlaces, pieces, unitSpan, type Frame } from './frame';

/**
 * WGSL of `queryGradient(group, first, place)`. `keep(p)`: what else to do with the `weight` and the `slope` of own
 * position p towards `other`.
 */
export function queryGradient(frame: Frame, causal: boolean, keep: (p: number) => string = () => ''): string {
  const { type, owned, q, k, v } = frame;
  const { each, own, load, loadShared, inner } = pieces(frame);
  return /* wgsl */ `
fn queryGradient(group: i32, first: i32, place: i32) {
  let block = first + place * ${owned};
  let head = headAt(group);
  let resultHead = resultHeadAt(group);
  ${own(ownPlaces)}
  ${own(
    (
      p,
    ) => /* wgsl */ `${load(`q${p}`, q, `at${p}`)} ${load(`dy${p}`, 'dy[', `result${p}`)} ${load(`y${p}`, 'y[', `result${p}`)}
  let shift${p} = logSum[group * dims.length + position${p}];
  let mean${p} = ${inner(`dy${p}`, `y${p}`)};
  ${each((i) => `var sum${p}_${i} = ${type}(0.0);`)}`,
  )}
  var there = head;
  let end = ${causal ? `min(dims.length, first + ${unitSpan(frame)})` : 'dims.length'};
  for (var other = 0; other < end; other++) {
    ${loadShared('k', k, 'there')} ${loadShared('v', v, 'there')}
    ${own(
      (p) => /* wgsl */ `{
      let weight = ${causal ? `select(0.0, 1.0, other <= position${p}) * ` : ''}exp(min(dims.scale * (${inner(`q${p}`, 'k')}) - shift${p}, 0.0));
      let slope = dims.scale * weight * (${inner(`dy${p}`, 'v')} - mean${p});
      ${keep(p)}
      ${each((i) => `sum${p}_${i} = fma(${type}(slope), k_${i}, sum${p}_${i});`)}
    }`,
    )}
    there += rowStep();
  }
  ${own((p) => `if (block + ${p} < dims.length) { ${each((i) => `d${q}at${p} + ${i}] = sum${p}_${i};`)} }`)}
}`;
}
