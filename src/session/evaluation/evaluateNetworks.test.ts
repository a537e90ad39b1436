// The CLIPs of the studio as judges: file, preparation of pictures and features are those of the CLIP that each is.
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { openFrozenClip } from '../../clip/frozen';
import { folderIo } from '../../clip/nodeIo';
import { loadClipLit, loadClipNano } from '../../clip/testing/clipNano';
import { openNodeModel } from '../../metrics/nodeRuntime';
import { rowCosines } from '../../shared/linearAlgebra';
import { clipAsNetwork, openNetwork } from './evaluateNetworks';
import { standingOf } from './standing';

it.each(['clip-nano', 'clip-lit'])('%s, listed as a judge, sees what the CLIP of the same file sees', async (id) => {
  const size = 32;
  const pictures = 3;
  const rgb = Uint8Array.from({ length: pictures * size * size * 3 }, (_, i) =>
    Math.floor(127.5 + 127.4 * Math.sin(0.0007 * i + 0.21 * i * (1 + Math.floor(i / (size * size * 3))))),
  );
  const io = folderIo(fileURLToPath(new URL('../../../models/', import.meta.url)));
  const judge = await openNetwork({ kind: 'manifest', id }, io, openNodeModel);
  const model = await (id === 'clip-nano' ? loadClipNano() : loadClipLit());
  const frozen = await openFrozenClip(model);
  const own = clipAsNetwork(model, frozen);
  const [judged, seen] = [await judge.features(rgb, size), await own.features(rgb, size)];
  for (const cosine of rowCosines(judged, seen, model.dim)) expect(cosine).toBeGreaterThan(0.9999);
  expect(rowCosines(judged.slice(model.dim), judged.slice(0, -model.dim), model.dim).every((c) => c < 0.999)).toBe(
    true,
  );
  expect(judge.identity).toMatchObject({ independent: true, comparableWithInceptionFid: false, dim: model.dim });
  expect(standingOf(judge.identity, { clip: model }).independent).toBe(false);
  await judge.close();
  await frozen.close();
});
