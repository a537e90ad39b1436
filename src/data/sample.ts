/**
 * Loads the sample data set (made by scripts/sample.mjs, served beside the page) as if its folder had been dropped: the
 * same paths, lazily cut out of one download. Nothing downstream can tell the difference.
 */
import * as v from 'valibot';
import { StudioError } from '../shared/errors';

const indexSchema = v.object({
  name: v.string(),
  credit: v.string(),
  licence: v.string(),
  notice: v.string(),
  classes: v.array(v.string()),
  bytes: v.pipe(v.number(), v.integer()),
  items: v.array(
    v.object({
      path: v.string(),
      offset: v.pipe(v.number(), v.integer()),
      bytes: v.pipe(v.number(), v.integer()),
      label: v.nullable(v.string()),
    }),
  ),
});

type SampleIndex = v.InferOutput<typeof indexSchema>;

/** The part of `fetch` that is needed; tests give their own. */
export type FetchLike = (url: string, init?: { signal?: AbortSignal }) => Promise<Response>;

export interface SampleOptions {
  /** Folder with index.json and pictures.bin, ending in '/'; relative to the page by default. */
  baseUrl?: string;
  fetch?: FetchLike;
  signal?: AbortSignal;
}

function sampleError(why: string, cause?: unknown): StudioError {
  return new StudioError(
    {
      code: 'storage',
      what: 'The sample pictures could not be loaded.',
      why,
      action: 'Check the connection and try again, or drop a folder of your own.',
    },
    { cause },
  );
}

async function request(
  name: string,
  { baseUrl = 'sample/', fetch: get = fetch, signal }: SampleOptions,
): Promise<Response> {
  let response: Response;
  try {
    response = await get(`${baseUrl}${name}`, signal === undefined ? undefined : { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw sampleError('The server did not answer.', error);
  }
  if (!response.ok) throw sampleError(`The server answered ${response.status} for ${name}.`);
  return response;
}

async function readIndex(options: SampleOptions): Promise<SampleIndex> {
  const response = await request('index.json', options);
  try {
    return v.parse(indexSchema, await response.json());
  } catch (error) {
    options.signal?.throwIfAborted();
    throw sampleError('Its list of pictures is missing or damaged on this server.', error);
  }
}

/** Reads a body with progress in bytes; `total` is what the index promises, so it is known from the start. */
async function readBody(
  response: Response,
  total: number,
  onProgress: (done: number, total: number) => void,
): Promise<Blob> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let done = 0;
  onProgress(0, total);
  const reader = response.body?.getReader();
  for (let part = await reader?.read(); part !== undefined && !part.done; part = await reader?.read()) {
    parts.push(new Uint8Array(part.value));
    done += part.value.length;
    onProgress(Math.min(done, total), total);
  }
  return new Blob(parts);
}

/**
 * Downloads the sample and lays it out as a dropped folder: `<class>/<name>.webp` and `unlabeled/<name>.webp`.
 * Throws `StudioError` `storage` where the server fails, and the signal's reason when aborted.
 */
export async function loadSample(
  onProgress: (doneBytes: number, totalBytes: number) => void = () => undefined,
  options: SampleOptions = {},
): Promise<{ path: string; file: File }[]> {
  const index = await readIndex(options);
  const response = await request('pictures.bin', options);
  let pictures: Blob;
  try {
    pictures = await readBody(response, index.bytes, onProgress);
  } catch (error) {
    options.signal?.throwIfAborted();
    throw sampleError('The connection was lost.', error);
  }
  if (pictures.size !== index.bytes) throw sampleError(`${index.bytes} bytes were expected, ${pictures.size} came.`);
  return index.items.map(({ path, offset, bytes }) => {
    const type = 'image/webp';
    return {
      path,
      file: new File([pictures.slice(offset, offset + bytes, type)], path.slice(path.lastIndexOf('/') + 1), { type }),
    };
  });
}
