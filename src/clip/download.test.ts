import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { partsCache } from './clipCache';
import { downloadFile, type LoadControl, type WantedFile } from './download';
import { fetchIo, type LoadIo } from './loadIo';
import { memoryStore } from './testing/memoryStore';

const SIZE = 200_000;
const contents = Uint8Array.from({ length: SIZE }, (_, i) => (Math.imul(i, 2654435761) >>> 13) & 255);
const sha256 = createHash('sha256').update(contents).digest('hex');

interface Behaviour {
  /** Bytes after which the line is cut, for each request in turn; whole where there is none. */
  cuts?: number[];
  ignoresRange?: boolean;
  status?: number[];
  body?: Uint8Array;
  /** Announces no length, and ends cleanly where it is cut. */
  chunked?: boolean;
}

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A real server with faults; `ranges` are the Range headers it met. */
async function serve({
  cuts = [],
  ignoresRange = false,
  status = [],
  body = contents,
  chunked = false,
}: Behaviour): Promise<{ url: string; ranges: (string | undefined)[]; stop: () => void }> {
  const ranges: (string | undefined)[] = [];
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    const turn = ranges.push(request.headers.range) - 1;
    const fault = status[turn];
    if (fault !== undefined && fault !== 200) return void response.writeHead(fault).end();
    const from = ignoresRange ? 0 : Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    if (from >= body.length) return void response.writeHead(416, { 'Content-Range': `bytes */${body.length}` }).end();
    const headers = {
      ...(chunked ? {} : { 'Content-Length': body.length - from }),
      ...(from > 0 ? { 'Content-Range': `bytes ${from}-${body.length - 1}/${body.length}` } : {}),
    };
    response.writeHead(from > 0 ? 206 : 200, headers);
    const cut = cuts[turn];
    if (cut === undefined) return void response.end(body.subarray(from));
    response.write(body.subarray(from, from + cut), () =>
      chunked ? response.end() : setTimeout(() => response.destroy(), 20),
    );
  };
  const server = createServer(handle);
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const stop = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/m.onnx`, ranges, stop };
}

const wanted = (url: string, bytes = SIZE): WantedFile => ({ url, bytes, sha256 });
const ioOf = (store = memoryStore(), retryDelays: number[] = [1, 1, 1]): LoadIo => ({
  ...fetchIo('http://localhost/', partsCache(store)),
  retryDelays,
});
const quiet = (): void => undefined;
/** Element by element comparisons of the test library take a second each. */
const isWhole = (bytes: Uint8Array): boolean => Buffer.compare(bytes, contents) === 0;

describe('downloadFile', () => {
  it('goes on where a cut line left off, and counts every byte once', async () => {
    const { url, ranges } = await serve({ cuts: [70_000, 50_000] });
    const seen: number[] = [];
    const store = memoryStore();
    expect(isWhole(await downloadFile(wanted(url), ioOf(store), (bytes) => seen.push(bytes)))).toBe(true);
    expect(ranges).toEqual([undefined, 'bytes=70000-', 'bytes=120000-']);
    expect(seen.at(-1)).toBe(SIZE);
    expect(seen.every((bytes, i) => bytes >= (seen[i - 1] ?? 0))).toBe(true);
    expect([...store.entries.values()].reduce((sum, part) => sum + part.length, 0)).toBe(SIZE);
  });

  it('goes on at the next visit, and then needs no network at all', async () => {
    const first = await serve({ cuts: [90_000, 0, 0, 0] });
    const store = memoryStore();
    await expect(downloadFile(wanted(first.url), ioOf(store), quiet)).rejects.toMatchObject({
      info: { code: 'clip-download', what: expect.stringContaining('45%') as string },
    });
    const second = await serve({});
    expect(isWhole(await downloadFile(wanted(second.url), ioOf(store), quiet))).toBe(true);
    expect(second.ranges).toEqual(['bytes=90000-']);
    second.stop();
    expect(isWhole(await downloadFile(wanted(second.url), ioOf(store), quiet))).toBe(true);
    expect((await partsCache(store).list()).map(({ bytes }) => bytes)).toEqual([SIZE]);
  });

  it('does with a server that ignores ranges, and gives up where it never gets further', async () => {
    const patient = await serve({ ignoresRange: true, cuts: [70_000] });
    const store = memoryStore();
    expect(isWhole(await downloadFile(wanted(patient.url), ioOf(store), quiet))).toBe(true);
    expect([...store.entries.values()].reduce((sum, part) => sum + part.length, 0)).toBe(SIZE);
    const hopeless = await serve({ ignoresRange: true, cuts: [70_000, 70_000, 70_000, 70_000, 70_000, 70_000] });
    await expect(downloadFile(wanted(hopeless.url), ioOf(), quiet)).rejects.toMatchObject({
      info: { code: 'clip-download' },
    });
    expect(hopeless.ranges.length).toBe(4);
  });

  it('begins again where the first part was of another file', async () => {
    const { url, ranges } = await serve({});
    const store = memoryStore();
    await partsCache(store).append(sha256, 0, new Uint8Array(60_000).fill(7));
    expect(isWhole(await downloadFile(wanted(url), ioOf(store), quiet))).toBe(true);
    expect(ranges).toEqual(['bytes=60000-', undefined]);
  });

  it('survives a busy server and an end without a word', async () => {
    const busy = await serve({ status: [503, 429] });
    expect(isWhole(await downloadFile(wanted(busy.url), ioOf(), quiet))).toBe(true);
    const silent = await serve({ chunked: true, cuts: [50_000] });
    expect(isWhole(await downloadFile(wanted(silent.url), ioOf(), quiet))).toBe(true);
    expect(silent.ranges).toEqual([undefined, 'bytes=50000-']);
  });

  it('tells a missing file, a web page, another size and a wrong checksum apart, and keeps none of them', async () => {
    const cases: [Behaviour, string, RegExp][] = [
      [{ status: [404] }, 'clip-missing', /answered 404/],
      [{ body: new TextEncoder().encode('<!doctype html>') }, 'clip-missing', /web page/],
      [{ body: contents.subarray(0, 1000) }, 'clip-damaged', /1000 bytes in place of 200000/],
      [{ body: new Uint8Array(SIZE + 5) }, 'clip-damaged', /bytes in place of 200000/],
      [{ body: new Uint8Array(SIZE) }, 'clip-damaged', /checksum/],
    ];
    for (const [behaviour, code, text] of cases) {
      const store = memoryStore();
      const { url } = await serve(behaviour);
      await expect(downloadFile(wanted(url), ioOf(store), quiet)).rejects.toMatchObject({
        message: expect.stringMatching(text) as string,
        info: { code },
      });
      expect(store.entries.size).toBe(0);
    }
  });

  it('trusts no length of another origin, which may be that of a compressed answer', async () => {
    const hidden = async (behaviour: Behaviour): Promise<Uint8Array> => {
      const { url } = await serve(behaviour);
      const fetcher: typeof fetch = async (...request) => {
        const response = await fetch(...request);
        const shown = new Response(response.body, {
          status: response.status,
          headers: { 'Content-Length': String(2e6) },
        });
        return Object.defineProperty(shown, 'type', { value: 'cors' });
      };
      return downloadFile(
        wanted(url),
        { ...fetchIo('http://localhost/', partsCache(memoryStore()), fetcher), retryDelays: [1, 1, 1] },
        quiet,
      );
    };
    expect(isWhole(await hidden({ cuts: [70_000] }))).toBe(true);
    await expect(hidden({ body: contents.subarray(0, 1000) })).rejects.toMatchObject({
      info: { code: 'clip-damaged', why: 'It has 1000 bytes in place of 200000.' },
    });
    await expect(hidden({ body: new TextEncoder().encode('<!doctype html>') })).rejects.toMatchObject({
      info: { code: 'clip-missing' },
    });
  });

  it('says what to do without a network', async () => {
    const { url, stop } = await serve({});
    stop();
    await expect(downloadFile(wanted(url), ioOf(memoryStore(), []), quiet)).rejects.toMatchObject({
      info: { code: 'clip-missing', what: expect.stringContaining('not kept on this machine') as string },
    });
  });

  it('works with storage that is full', async () => {
    const { url } = await serve({ cuts: [70_000] });
    const store = memoryStore();
    store.full = true;
    expect(isWhole(await downloadFile(wanted(url), ioOf(store), quiet))).toBe(true);
  });

  it('rests at the gate, and stops at once with what has come kept', async () => {
    const { url } = await serve({ cuts: [80_000] });
    const store = memoryStore();
    const abort = new AbortController();
    const io = ioOf(store, [60_000]);
    let gates = 0;
    const control: LoadControl = {
      signal: abort.signal,
      gate: async () => {
        gates += 1;
        await new Promise((resolve) => {
          setTimeout(resolve, 5);
        });
      },
    };
    // Once all has come that comes before the line is cut; the next attempt is a minute away.
    const stopAtCut = (bytes: number): void => {
      if (bytes === 80_000) setTimeout(() => abort.abort(new Error('stopped')), 20);
    };
    await expect(downloadFile(wanted(url), io, stopAtCut, control)).rejects.toThrow('stopped');
    expect(gates).toBeGreaterThan(0);
    expect(await partsCache(store).read(sha256, new Uint8Array(SIZE))).toBe(80_000);
  });
});
