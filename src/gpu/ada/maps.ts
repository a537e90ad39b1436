/**
 * From draws to maps: for each picture the affine map from output to input coordinates and the colour matrix, both
 * composed of the transforms whose chance came up. One dispatch, a thread a picture. Coordinates are pixels from the
 * picture's centre, x along the width.
 */
import { linearGrid } from '../kernel/dispatch';
import { runProgram } from '../kernel/program';
import { unitFunctions } from '../random/random';
import type { TensorInfo } from '../tensor';
import { adaColumn, adaDraws, adaRange, type AdaDraw } from './draws';

export interface AdaPolicy {
  /** x-flip, quarter turns, integer translation. */
  blit: boolean;
  /** Scale, rotation, anisotropic scale, fractional translation. */
  geometry: boolean;
  /** Brightness, contrast, luma flip; for three channels hue and saturation as well. */
  color: boolean;
}

/**
 * Numbers a picture: the affine map (m00, m01, m10, m11, tx, ty), then the colour matrix by rows of (r, g, b, offset).
 */
export const mapNumbers = 18;

/** WGSL: the maps of a picture, read from `maps`. */
export const readMaps = /* wgsl */ `
struct Affine { m: mat2x2<f32>, t: vec2<f32> }
fn affineOf(picture: i32) -> Affine {
  let at = picture * ${mapNumbers};
  return Affine(mat2x2<f32>(vec2(maps[at], maps[at + 2]), vec2(maps[at + 1], maps[at + 3])), vec2(maps[at + 4], maps[at + 5]));
}
fn colorRow(picture: i32, row: i32) -> vec4<f32> {
  let at = picture * ${mapNumbers} + 6 + 4 * row;
  return vec4(maps[at], maps[at + 1], maps[at + 2], maps[at + 3]);
}`;

const wgslDraw = (name: AdaDraw): string => `draws[picture * ${adaDraws} + ${adaColumn[name]}]`;

/** A chance that came up, `strength` being the probability. */
const open = (name: AdaDraw, strength: string): string => `${wgslDraw(name)} < ${strength}`;

const helpers = /* wgsl */ `
${unitFunctions}
// Two standard normals from two uniforms.
fn normals(radius: f32, angle: f32) -> vec2<f32> { return sqrt(-2.0 * logUnit(u32(radius * 0x1p24f) + 1u)) * turn(angle); }
// (cos, sin) of a share of a full turn.
fn turn(share: f32) -> vec2<f32> { return circle(u32(share * 0x1p24f) << 8u); }
fn rotation(direction: vec2<f32>) -> mat2x2<f32> { return mat2x2<f32>(vec2(direction.x, direction.y), vec2(-direction.y, direction.x)); }
fn scaling(x: f32, y: f32) -> mat2x2<f32> { return mat2x2<f32>(vec2(x, 0.0), vec2(0.0, y)); }
fn quarterTurn(count: i32) -> vec2<f32> {
  let directions = array<vec2<f32>, 4>(vec2(1.0, 0.0), vec2(0.0, 1.0), vec2(-1.0, 0.0), vec2(0.0, -1.0));
  return directions[count];
}`;

/** Each transform multiplies from the right: it acts on output coordinates first. */
const geometry = /* wgsl */ `
  var m = scaling(1.0, 1.0);
  var t = vec2(0.0, 0.0);
  if (${open('chanceFlip', 'blit')} && ${wgslDraw('flip')} >= 0.5) { m = scaling(-1.0, 1.0); }
  if (${open('chanceQuarter', 'blit')}) { m = m * rotation(quarterTurn(min(i32(4.0 * ${wgslDraw('quarter')}), 3))); }
  if (${open('chanceShift', 'blit')}) { t -= m * round((2.0 * vec2(${wgslDraw('shiftX')}, ${wgslDraw('shiftY')}) - 1.0) * ${adaRange.shift} * size); }
  let zoom = normals(${wgslDraw('radiusSize')}, ${wgslDraw('angleSize')});
  if (${open('chanceScale', 'moved')}) { let s = exp2(-zoom.x * ${adaRange.scale}); m = m * scaling(s, s); }
  if (${open('chanceTurnBefore', 'turned')}) { m = m * rotation(-turn(${wgslDraw('turnBefore')})); }
  if (${open('chanceStretch', 'moved')}) { let s = exp2(zoom.y * ${adaRange.stretch}); m = m * scaling(1.0 / s, s); }
  if (${open('chanceTurnAfter', 'turned')}) { m = m * rotation(-turn(${wgslDraw('turnAfter')})); }
  if (${open('chanceDrift', 'moved')}) { t -= m * (normals(${wgslDraw('radiusDrift')}, ${wgslDraw('angleDrift')}) * ${adaRange.drift} * size); }`;

/** Each transform multiplies from the left. All of them keep grey grey, so the offset is one number. */
const color = (channels: number): string => /* wgsl */ `
  let identity = mat3x3<f32>(vec3(1.0, 0.0, 0.0), vec3(0.0, 1.0, 0.0), vec3(0.0, 0.0, 1.0));
  var c = identity;
  var offset = 0.0;
  let third = vec3(1.0 / 3.0);
  let grey = mat3x3<f32>(third, third, third);
  let level = normals(${wgslDraw('radiusLevel')}, ${wgslDraw('angleLevel')});
  if (${open('chanceBrightness', 'colored')}) { offset = level.x * ${adaRange.brightness}; }
  if (${open('chanceContrast', 'colored')}) { let s = exp2(level.y * ${adaRange.contrast}); c = s * c; offset *= s; }
  if (${open('chanceLumaFlip', 'colored')} && ${wgslDraw('lumaFlip')} >= 0.5) { c = c - 2.0 * (grey * c); offset = -offset; }
  ${
    channels === 3
      ? /* wgsl */ `
  if (${open('chanceHue', 'colored')}) {
    let d = -turn(${wgslDraw('hue')});
    let s = d.y * 0.5773502691896258;
    let generator = mat3x3<f32>(vec3(0.0, s, -s), vec3(-s, 0.0, s), vec3(s, -s, 0.0));
    c = (d.x * identity + generator + (1.0 - d.x) * grey) * c;
  }
  if (${open('chanceSaturation', 'colored')}) {
    let s = exp2(normals(${wgslDraw('radiusSaturation')}, ${wgslDraw('angleSaturation')}).x * ${adaRange.saturation});
    c = (grey + s * (identity - grey)) * c;
  }`
      : ''
  }`;

/**
 * @param draws [B, adaDraws]
 * @param p scalar: probability of each transform
 * @param height of the pictures
 * @param width of the pictures
 * @param channels 3, or 1: then hue and saturation do nothing
 * @returns [B, mapNumbers]
 */
export function adaMaps(
  draws: TensorInfo,
  p: TensorInfo,
  height: number,
  width: number,
  channels: number,
  policy: AdaPolicy,
): TensorInfo[] {
  const batch = draws.shape[0] ?? 1;
  const grid = linearGrid(batch, 32);
  const strength = (on: boolean): string => (on ? 'p[0]' : '0.0');
  return runProgram({
    label: 'ada.maps',
    variant: `${channels}${policy.blit ? 'b' : ''}${policy.geometry ? 'g' : ''}${policy.color ? 'c' : ''}`,
    ints: { batch, height, width },
    outputs: { maps: { shape: [batch, mapNumbers] } },
    inputs: { draws: { tensor: draws }, p: { tensor: p } },
    body: () => /* wgsl */ `
${helpers}
@compute @workgroup_size(${grid.size}) ${grid.main} {
  ${grid.index}
  let picture = i32(index);
  if (picture >= dims.batch) { return; }
  let size = vec2(f32(dims.width), f32(dims.height));
  let blit = ${strength(policy.blit)};
  let moved = ${strength(policy.geometry)};
  let colored = ${strength(policy.color)};
  // Either of two rotations with probability p.
  let turned = 1.0 - sqrt(clamp(1.0 - moved, 0.0, 1.0));
  ${geometry}
  ${color(channels)}
  let at = picture * ${mapNumbers};
  maps[at] = m[0].x;
  maps[at + 1] = m[1].x;
  maps[at + 2] = m[0].y;
  maps[at + 3] = m[1].y;
  maps[at + 4] = t.x;
  maps[at + 5] = t.y;
  for (var row = 0; row < 3; row++) {
    for (var column = 0; column < 3; column++) { maps[at + 6 + 4 * row + column] = c[column][row]; }
    maps[at + 9 + 4 * row] = offset;
  }
}`,
    workgroups: grid.workgroups,
  });
}
