/// <reference lib="webworker" />
/** Reads large label files beside the page: a table of a hundred thousand rows takes a fifth of a second. */
import { failAloud } from './failAloud';
import { readLabelFile } from './reading/labelFiles';
import { packLabelFiles, unpackPaths, type PackedPaths } from './reading/packedLabelFiles';
import { PathIndex } from './reading/pathIndex';

export interface LabelFileRequest {
  path: string;
  bytes: Uint8Array<ArrayBuffer>;
}

/** First the paths of all pictures, then one request after the other. */
export type LabelFileMessage = { pictures: PackedPaths } | LabelFileRequest;

const index = new PathIndex();

async function answer({ path, bytes }: LabelFileRequest): Promise<void> {
  self.postMessage(await packLabelFiles([readLabelFile(path, bytes, index)]));
}

self.addEventListener('message', ({ data }: MessageEvent<LabelFileMessage>) => {
  if ('pictures' in data) for (const path of unpackPaths(data.pictures)) index.add(path);
  else failAloud(answer(data));
});
