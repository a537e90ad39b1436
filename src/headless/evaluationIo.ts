/**
 * The models folder as evaluation networks are read from it: its evaluation/ lies in the cache, where `npm run
 * evaluation-network` puts what it makes.
 */
import { fileURLToPath } from 'node:url';
import type { LoadIo } from '../clip/loadIo';
import { folderIo } from '../clip/nodeIo';

const folder = (name: string): string => fileURLToPath(new URL(`../../${name}/`, import.meta.url));

export function evaluationIo(): LoadIo {
  const [models, made] = [folderIo(folder('models')), folderIo(folder('.cache'))];
  return { open: (url, from, signal) => (url.startsWith('evaluation/') ? made : models).open(url, from, signal) };
}
