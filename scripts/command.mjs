// Starts a command that is written in TypeScript, in a process of its own: `node scripts/command.mjs train --data DIR`.
// Installs what is missing, and finds a Vulkan driver for those that compute on the GPU.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ensureNode, ensurePackages, giveUp, root, say } from './setup.mjs';
import { computeEnvironment } from './vulkan.mjs';

const commands = {
  ablate: { file: 'src/headless/ablate.ts', computes: true },
  bench: { file: 'bench/main.ts', computes: true },
  evaluate: { file: 'src/headless/evaluate.ts', computes: true },
  'evaluation-network': { file: 'scripts/evaluationNetwork.ts', computes: false },
  fuzz: { file: 'src/headless/fuzz.ts', computes: false },
  labels: { file: 'src/headless/labels.ts', computes: false },
  read: { file: 'src/headless/readCommand.ts', computes: false },
  train: { file: 'src/headless/train.ts', computes: true },
  words: { file: 'src/headless/words.ts', computes: false },
};

const [name = '', ...args] = process.argv.slice(2);
if (!Object.hasOwn(commands, name)) {
  giveUp(`There is no command "${name}".`, `Give one of: ${Object.keys(commands).join(', ')}.`);
}
const { file, computes } = commands[name];
ensureNode();
ensurePackages();

const { environment, software } =
  computes && !args.includes('--help') ? await computeEnvironment() : { environment: {}, software: false };
if (software) say('No GPU was found: this computes on the processor, through Chromium’s software driver, and is slow.');

const child = spawn(process.execPath, ['--import', 'tsx', join(root, file), ...args], {
  stdio: 'inherit',
  env: { ...process.env, ...environment },
});
// Ctrl+C reaches the child by itself, and it may have results to write: we end when it does.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('exit', (code) => process.exit(code ?? 1));
