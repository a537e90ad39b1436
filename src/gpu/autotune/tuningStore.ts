/**
 * What autotuning found, kept between visits: a small JSON text a device, under a key that changes with everything the
 * timings depend on (adapter, driver as far as it can be known, browser, kernel code). The store itself is given from
 * outside: the browser's private file system, a folder, memory.
 */
import type { GpuContext } from '../device/device';
import { directGemm } from '../gemm/direct';
import { lanesGemm } from '../gemm/lanes';
import { matrixGemm } from '../gemm/matrixUnitGemm';
import { subgroupGemm } from '../gemm/subgroup';
import { tiledGemm } from '../gemm/tiled';
import { productVariants } from '../gemm/variants';

/** Errors of either method count as "not there": nothing here is worth stopping for. */
export interface TuningStore {
  load(key: string): Promise<string | null>;
  save(key: string, text: string): Promise<void>;
}

/** FNV-1a, twice with different starts: 64 bits as hexadecimal. */
function hash(text: string): string {
  const word = (start: number): string => {
    let h = start;
    for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193) >>> 0;
    return h.toString(16).padStart(8, '0');
  };
  return word(0x811c9dc5) + word(0x2545f491);
}

/** All product kernels' code, by a hash: timings of other code say nothing. */
function kernelVersion(): string {
  const pieces = { a: 'k', b: 'n', loads: '', store: '' } as const;
  const codes = productVariants.map((variant) => {
    switch (variant.family) {
      case 'tiled':
        return tiledGemm({ ...pieces, variant, loadA: '', loadB: '' });
      case 'subgroup':
        return subgroupGemm(pieces);
      case 'lanes':
        return lanesGemm(pieces, 8);
      case 'matrix':
        return matrixGemm({ ...pieces, variant, loadA: '', loadB: '' }, { m: 16, n: 16, k: 16 }, 32);
      case 'direct':
        return directGemm({ ...pieces, rows: 8, columns: 8, across: 8 });
    }
  });
  return hash(codes.join('\n'));
}

/** The key of a device's findings: letters, digits and '-' only. */
export function tuningKey(
  { adapterInfo, adapter }: GpuContext,
  userAgent: string = globalThis.navigator?.userAgent ?? '',
): string {
  const { vendor, architecture, device, description } = adapterInfo;
  return hash(
    JSON.stringify([
      vendor,
      architecture,
      device,
      description,
      adapter.f16,
      adapter.subgroups,
      userAgent,
      kernelVersion(),
    ]),
  );
}

/** The choices of a stored text; empty where it is damaged or says something else. */
export function parseChoices(text: string): Map<string, string> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return new Map();
    return new Map(Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
  } catch {
    return new Map();
  }
}

export function formatChoices(choices: ReadonlyMap<string, string>): string {
  return JSON.stringify(Object.fromEntries([...choices].toSorted(([a], [b]) => (a < b ? -1 : 1))));
}
