import { afterAll, expect, it } from 'vitest';
import { partsCache } from '../../clip/clipCache';
import { downloadFile } from '../../clip/download';
import { fetchIo } from '../../clip/loadIo';
import { OpfsBlobStore } from '../../data/blobStore';

const folder = 'clip-store-test';
const open = async (): Promise<OpfsBlobStore> =>
  new OpfsBlobStore(await (await navigator.storage.getDirectory()).getDirectoryHandle(folder, { create: true }));
afterAll(async () => {
  await (await navigator.storage.getDirectory()).removeEntry(folder, { recursive: true });
});

const contents = Uint8Array.from({ length: 300_000 }, (_, i) => Math.imul(i, 2654435761) >>> 24);

const isWhole = (bytes: Uint8Array): boolean =>
  bytes.length === contents.length && bytes.every((byte, i) => byte === contents[i]);

/** A server in the shape of `fetch`: cuts the line after `cut` bytes, and knows ranges. */
function server(cut: number): { fetcher: typeof fetch; ranges: (string | null)[] } {
  const ranges: (string | null)[] = [];
  const fetcher: typeof fetch = async (_, init) => {
    const range = new Headers(init?.headers).get('Range');
    ranges.push(range);
    const from = Number(/bytes=(\d+)-/.exec(range ?? '')?.[1] ?? 0);
    let at = from;
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull(controller) {
        if (at - from >= cut) return controller.error(new TypeError('network error'));
        controller.enqueue(contents.slice(at, at + 50_000));
        at += 50_000;
        return at >= contents.length ? controller.close() : undefined;
      },
    });
    return new Response(body, {
      status: from > 0 ? 206 : 200,
      headers: {
        'Content-Length': String(contents.length - from),
        ...(from > 0 ? { 'Content-Range': `bytes ${from}-${contents.length - 1}/${contents.length}` } : {}),
      },
    });
  };
  return { fetcher, ranges };
}

it('a download that broke off goes on in the browser’s own storage at the next visit, and is listed and deleted there', async () => {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', contents));
  const sha256 = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
  const file = { url: 'http://host/model.onnx', bytes: contents.length, sha256 };
  const visit = async ({ fetcher }: ReturnType<typeof server>): Promise<Uint8Array> =>
    downloadFile(
      file,
      { ...fetchIo('http://host/', partsCache(await open()), fetcher), retryDelays: [] },
      () => undefined,
    );

  const first = server(100_000);
  await expect(visit(first)).rejects.toMatchObject({
    info: { code: 'clip-download', what: expect.stringContaining('33%') as string },
  });
  const second = server(1e9);
  expect(isWhole(await visit(second))).toBe(true);
  expect(second.ranges).toEqual(['bytes=100000-']);
  const offline = server(0);
  expect(isWhole(await visit(offline))).toBe(true);
  expect(offline.ranges).toEqual([]);

  const cache = partsCache(await open());
  const [stored] = await cache.list();
  expect(stored).toMatchObject({ sha256, bytes: contents.length });
  expect(Math.abs((stored?.used ?? 0) - Date.now())).toBeLessThan(60_000);
  await cache.remove(sha256);
  expect(await cache.list()).toEqual([]);
});
