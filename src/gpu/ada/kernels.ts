/**
 * Affine sampling with colour as a linear map of the pictures, and its adjoint; one dispatch each, every output written
 * by one thread, so both are deterministic. Sampling is bilinear; beyond its edge a picture goes on as its mirror image
 * (the edge row is not repeated).
 */
import { linearGrid } from '../kernel/dispatch';
import { runProgram } from '../kernel/program';
import type { TensorInfo } from '../tensor';
import { readMaps } from './maps';

/** WGSL: colour of one pixel, forward and transposed; `Pixel` is vec3 or, for grey pictures, f32. */
function pixels(channels: number): string {
  if (channels === 3) {
    return /* wgsl */ `
alias Pixel = vec3<f32>;
fn load(at: i32) -> Pixel { return vec3(x[3 * at], x[3 * at + 1], x[3 * at + 2]); }
fn save(at: i32, value: Pixel) { y[3 * at] = value.x; y[3 * at + 1] = value.y; y[3 * at + 2] = value.z; }
fn colored(picture: i32, value: Pixel) -> Pixel {
  return vec3(dot(colorRow(picture, 0).xyz, value), dot(colorRow(picture, 1).xyz, value), dot(colorRow(picture, 2).xyz, value));
}
fn coloredBack(picture: i32, value: Pixel) -> Pixel {
  return value.x * colorRow(picture, 0).xyz + value.y * colorRow(picture, 1).xyz + value.z * colorRow(picture, 2).xyz;
}
fn offset(picture: i32) -> Pixel { return vec3(colorRow(picture, 0).w, colorRow(picture, 1).w, colorRow(picture, 2).w); }`;
  }
  // What the matrix makes of a grey colour, averaged.
  return /* wgsl */ `
alias Pixel = f32;
fn load(at: i32) -> Pixel { return x[at]; }
fn save(at: i32, value: Pixel) { y[at] = value; }
fn colored(picture: i32, value: Pixel) -> Pixel {
  return value * (dot(colorRow(picture, 0).xyz + colorRow(picture, 1).xyz + colorRow(picture, 2).xyz, vec3(1.0)) / 3.0);
}
fn coloredBack(picture: i32, value: Pixel) -> Pixel { return colored(picture, value); }
fn offset(picture: i32) -> Pixel { return (colorRow(picture, 0).w + colorRow(picture, 1).w + colorRow(picture, 2).w) / 3.0; }`;
}

/** WGSL: where an output pixel looks, in input pixels; (x, y). */
const sourceOf = /* wgsl */ `
fn centre() -> vec2<f32> { return 0.5 * vec2(f32(dims.width - 1), f32(dims.height - 1)); }
fn sourceOf(map: Affine, at: vec2<f32>) -> vec2<f32> { return map.m * (at - centre()) + map.t + centre(); }`;

interface Pass {
  label: string;
  variant?: string;
  helpers: string;
  /** Statements for one pixel: `picture`, `at` (x, y) and `index`; they call `save`. */
  pixel: string;
}

function perPixel(x: TensorInfo, maps: TensorInfo, { label, variant = '', helpers, pixel }: Pass): TensorInfo[] {
  const [batch = 1, height = 1, width = 1, channels = 1] = x.shape;
  const size = batch * height * width;
  const grid = linearGrid(size, 32);
  return runProgram({
    label,
    variant: `${channels}${variant}`,
    ints: { height, width, size },
    outputs: { y: { shape: x.shape } },
    inputs: { x: { tensor: x }, maps: { tensor: maps } },
    body: () => /* wgsl */ `
${readMaps}
${pixels(channels)}
${sourceOf}
${helpers}
@compute @workgroup_size(${grid.size}) ${grid.main} {
  ${grid.index}
  let place = i32(index);
  if (place >= dims.size) { return; }
  let area = dims.height * dims.width;
  let picture = place / area;
  let at = vec2(place % area % dims.width, place % area / dims.width);
  let map = affineOf(picture);
  ${pixel}
}`,
    workgroups: grid.workgroups,
  });
}

/**
 * @param x [B, H, W, C], C 1 or 3, H and W at least 2
 * @param maps of `adaMaps`
 * @param withOffset add the colour offset; without, the linear part alone
 */
export function warp(x: TensorInfo, maps: TensorInfo, withOffset: boolean): TensorInfo[] {
  return perPixel(x, maps, {
    label: 'ada.warp',
    variant: withOffset ? 'o' : '',
    helpers: /* wgsl */ `
fn fold(i: i32, n: i32) -> i32 { let period = 2 * (n - 1); let r = abs(i) % period; return select(r, period - r, r >= n); }
fn tap(picture: i32, corner: vec2<i32>) -> Pixel { return load((picture * dims.height + fold(corner.y, dims.height)) * dims.width + fold(corner.x, dims.width)); }`,
    pixel: /* wgsl */ `
  let source = sourceOf(map, vec2<f32>(at));
  let base = floor(source);
  let f = source - base;
  let corner = vec2<i32>(base);
  let above = (1.0 - f.x) * tap(picture, corner) + f.x * tap(picture, corner + vec2(1, 0));
  let below = (1.0 - f.x) * tap(picture, corner + vec2(0, 1)) + f.x * tap(picture, corner + vec2(1, 1));
  save(place, colored(picture, (1.0 - f.y) * above + f.y * below)${withOffset ? ' + offset(picture)' : ''});`,
  });
}

/**
 * The transpose of `warp`'s linear part. An input pixel and its mirror images lie on a lattice; each is looked at by
 * the output pixels within a parallelogram around the point that maps to it, and those are walked in order.
 * @param dy [B, H, W, C]
 * @returns [B, H, W, C]
 */
export function warpAdjoint(dy: TensorInfo, maps: TensorInfo): TensorInfo[] {
  return perPixel(dy, maps, {
    label: 'ada.warpAdjoint',
    helpers: /* wgsl */ `
fn inverse(m: mat2x2<f32>) -> mat2x2<f32> { return (1.0 / determinant(m)) * mat2x2<f32>(vec2(m[1].y, -m[0].y), vec2(-m[1].x, m[0].x)); }
fn absolute(m: mat2x2<f32>) -> mat2x2<f32> { return mat2x2<f32>(abs(m[0]), abs(m[1])); }
// Sum over the output pixels that see the lattice point q, by bilinear weight.
fn seenBy(picture: i32, map: Affine, back: mat2x2<f32>, q: vec2<f32>) -> Pixel {
  let size = vec2(dims.width, dims.height);
  let middle = back * (q - centre() - map.t) + centre();
  let reach = absolute(back) * vec2(1.0) + 0.01;
  let first = max(vec2<i32>(ceil(middle - reach)), vec2(0, 0));
  let last = min(vec2<i32>(floor(middle + reach)), size - 1);
  var sum = Pixel(0.0);
  for (var row = first.y; row <= last.y; row++) {
    for (var column = first.x; column <= last.x; column++) {
      let w = max(vec2(0.0), 1.0 - abs(sourceOf(map, vec2(f32(column), f32(row))) - q));
      sum += (w.x * w.y) * load((picture * dims.height + row) * dims.width + column);
    }
  }
  return sum;
}`,
    pixel: /* wgsl */ `
  let back = inverse(map.m);
  // The box that output pixels look into.
  let middle = map.t + centre();
  let reach = absolute(map.m) * centre() + 1.01;
  let period = 2 * vec2(dims.width - 1, dims.height - 1);
  let least = vec2<i32>(floor((middle - reach) / vec2<f32>(period))) - 1;
  let most = vec2<i32>(ceil((middle + reach) / vec2<f32>(period))) + 1;
  let low = middle - reach;
  let high = middle + reach;
  // A pixel on an edge is its own mirror image.
  let mirrored = vec2<bool>(at.x % (dims.width - 1) != 0, at.y % (dims.height - 1) != 0);
  var sum = Pixel(0.0);
  for (var ky = least.y; ky <= most.y; ky++) {
    for (var my = 0; my < select(1, 2, mirrored.y); my++) {
      let qy = f32(ky * period.y + select(at.y, -at.y, my == 1));
      if (qy < low.y || qy > high.y) { continue; }
      for (var kx = least.x; kx <= most.x; kx++) {
        for (var mx = 0; mx < select(1, 2, mirrored.x); mx++) {
          let qx = f32(kx * period.x + select(at.x, -at.x, mx == 1));
          if (qx < low.x || qx > high.x) { continue; }
          sum += seenBy(picture, map, back, vec2(qx, qy));
        }
      }
    }
  }
  save(place, coloredBack(picture, sum));`,
  });
}
