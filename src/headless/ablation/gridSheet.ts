/** The grids of several runs as one picture: a titled block each, side by side in rows. */
import { readFileSync } from 'node:fs';
import sharp from 'sharp';

export interface SheetEntry {
  title: string;
  /** PNG file. */
  file: string;
}

const TITLE_HEIGHT = 22;
const GAP = 10;

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

/** @returns PNG bytes */
export async function gridSheet(entries: readonly SheetEntry[], perRow = 3): Promise<Buffer> {
  const blocks = await Promise.all(
    entries.map(async ({ title, file }) => {
      const image = readFileSync(file);
      const { width = 0, height = 0 } = await sharp(image).metadata();
      return { title, image, width, height };
    }),
  );
  const cellWidth = Math.max(...blocks.map(({ width }) => width), 260) + GAP;
  const cellHeight = Math.max(...blocks.map(({ height }) => height)) + TITLE_HEIGHT + GAP;
  const columns = Math.min(perRow, blocks.length);
  const [width, height] = [columns * cellWidth + GAP, Math.ceil(blocks.length / perRow) * cellHeight + GAP];
  const parts = blocks.flatMap(({ title, image }, index) => {
    const left = GAP + (index % perRow) * cellWidth;
    const top = GAP + Math.floor(index / perRow) * cellHeight;
    const label = `<svg width="${cellWidth}" height="${TITLE_HEIGHT}"><text x="0" y="16" font-family="sans-serif" font-size="14" fill="#222">${escaped(title)}</text></svg>`;
    return [
      { input: Buffer.from(label), left, top },
      { input: image, left, top: top + TITLE_HEIGHT },
    ];
  });
  return sharp({ create: { width, height, channels: 3, background: '#ffffff' } })
    .composite(parts)
    .png()
    .toBuffer();
}
