/** Pictures that two ways of computing an image tower are compared on. */

/** Smooth waves, a hard-edged board and noise: what a tower meets, without a picture. [3, s, s, 3] 8-bit RGB. */
export function probePictures(size: number): Uint8Array {
  const rgb = new Uint8Array(3 * size * size * 3);
  let seed = 12345;
  for (let i = 0; i < rgb.length; i++) {
    const [n, y, x, c] = [
      Math.floor(i / (size * size * 3)),
      Math.floor(i / (size * 3)) % size,
      Math.floor(i / 3) % size,
      i % 3,
    ];
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    const wave = 127.5 + 120 * Math.sin(((c + 2) * x + (5 - c) * y) * (7 / size) + c);
    const board = (Math.floor((8 * x) / size) + Math.floor((8 * y) / size)) % 2 === c % 2 ? 230 : 30;
    rgb[i] = n === 0 ? wave : n === 1 ? board : seed >>> 24;
  }
  return rgb;
}
