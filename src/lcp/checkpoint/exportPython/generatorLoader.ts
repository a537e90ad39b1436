/**
 * The text of `lcpgan_generator.py`, which goes with every export. In a page or worker the bundler has it as a module;
 * under plain Node (command line, tests) it is read from beside this file, because Node knows nothing of the bundler's
 * `?raw`.
 */

export const generatorLoaderName = 'lcpgan_generator.py';

interface NodeFiles {
  readFileSync(path: string, encoding: 'utf8'): string;
}

/** Node's file system, or null in a browser. No import, so that the bundler does not look for it. */
function nodeFiles(): NodeFiles | null {
  const node = globalThis.process as Partial<NodeJS.Process> | undefined;
  return node?.getBuiltinModule?.('node:fs') ?? null;
}

export async function generatorLoader(): Promise<string> {
  const files = nodeFiles();
  if (files && import.meta.dirname) return files.readFileSync(`${import.meta.dirname}/${generatorLoaderName}`, 'utf8');
  const { default: text } = await import('./lcpgan_generator.py?raw');
  return text;
}
