/**
 * The Python files of a training job, by their paths in its folder. In a page or worker the bundler has them as
 * modules; under plain Node (command line, tests) they are read from beside this file.
 */
import { generatorLoader, generatorLoaderName } from '../checkpoint/exportPython/generatorLoader';

const sourceNames = [
  'train.py',
  'measure.py',
  'job.sbatch',
  'README.txt',
  ...[
    '__init__',
    'ada',
    'augment',
    'base_model',
    'bases',
    'batches',
    'biggan',
    'clip_head',
    'context',
    'counter_random',
    'dealing',
    'distributed',
    'files',
    'losses',
    'measures',
    'onnx_graph',
    'onnx_ops',
    'onnx_quantized',
    'optimizer',
    'parameters',
    'pictures',
    'precision',
    'r1',
    'resample',
    'schedule',
    'state',
    'steps',
    'stylegan2',
    'stylegan2_networks',
    'tower',
    'trainer',
    'view',
  ].map((name) => `lcpgan/${name}.py`),
] as const;

/** @returns text of each file, by path */
export async function jobSources(): Promise<Map<string, string>> {
  const sources = new Map<string, string>([[generatorLoaderName, await generatorLoader()]]);
  const node = globalThis.process as Partial<NodeJS.Process> | undefined;
  const files = node?.getBuiltinModule?.('node:fs');
  if (files && import.meta.dirname) {
    for (const name of sourceNames) sources.set(name, files.readFileSync(`${import.meta.dirname}/${name}`, 'utf8'));
    return sources;
  }
  const bundled = import.meta.glob<string>(
    ['./train.py', './measure.py', './job.sbatch', './README.txt', './lcpgan/*.py'],
    {
      query: '?raw',
      import: 'default',
    },
  );
  for (const name of sourceNames) {
    const read = bundled[`./${name}`];
    if (!read) throw new Error(`"${name}" was not bundled`);
    sources.set(name, await read());
  }
  return sources;
}
