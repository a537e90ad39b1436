// What `npm start` and `npm test` need on a machine that has nothing but Node and npm. Every step says plainly what it
// does, does nothing when there is nothing to do, and, when it fails, says what to do by hand. Node's own modules only:
// this file runs before anything is installed.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findChromium, softwareDriver } from './vulkan.mjs';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** npm's own list of what it has installed. */
const installedList = 'node_modules/.package-lock.json';

export function say(text) {
  console.log(`• ${text}`);
}

/** Ends the process with what happened and what to do. */
export function giveUp(what, action) {
  console.error(`\n✗ ${what}\n  What to do: ${action}\n`);
  process.exit(1);
}

function run(command, args, options = {}) {
  return spawnSync(command, args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32', ...options });
}

export function ensureNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    giveUp(`Node ${process.versions.node} is too old.`, 'Install Node 20.19 or newer, then run this again.');
  }
}

const packagesIn = (file) => JSON.parse(readFileSync(join(root, file), 'utf8')).packages;

/** Whether node_modules holds what the lock file lists, however it came there; other platforms' binaries may lack. */
function packagesAreThere() {
  if (!existsSync(join(root, installedList))) return false;
  const installed = packagesIn(installedList);
  return Object.entries(packagesIn('package-lock.json')).every(
    ([path, { version, optional, devOptional }]) =>
      path === '' ||
      (installed[path] === undefined ? optional === true || devOptional === true : installed[path].version === version),
  );
}

/** Installs the npm packages of the lock file where they are missing or the lock file has changed since. */
export function ensurePackages() {
  if (packagesAreThere()) return;
  say('Installing npm packages (about 1 GB on disk; takes a minute or two) …');
  // Without install scripts, as .npmrc says: no package of ours needs its own, and some want downloads that a closed
  // network refuses.
  if (run('npm', ['ci']).status !== 0) {
    giveUp(
      'The npm packages could not be installed.',
      'Check the network (or your npm registry setting) and the disk space, then run this again.',
    );
  }
  useHooks();
}

/**
 * Has git format and lint what is committed (.githooks). Does nothing in a checkout without git, where another folder of
 * hooks is in use, and on machines that build (CI).
 */
export function useHooks() {
  if (process.env.CI || !existsSync(join(root, '.git', 'config'))) return;
  const git = (...args) => spawnSync('git', args, { cwd: root, encoding: 'utf8' });
  if (git('config', '--get', 'core.hooksPath').status !== 1) return;
  if (git('config', 'core.hooksPath', '.githooks').status === 0) say('Commits are formatted and linted (.githooks).');
}

const isRoot = () => typeof process.getuid === 'function' && process.getuid() === 0;
const hasApt = () =>
  process.platform === 'linux' && spawnSync('apt-get', ['--version'], { stdio: 'ignore' }).status === 0;

function aptInstall(packages) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const install = () =>
    run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], { env, stdio: 'ignore' })
      .status === 0;
  if (install()) return true;
  run('apt-get', ['update', '-qq'], { env, stdio: 'ignore' });
  return install();
}

/** Path of a Chromium for the tests: an installed one, else Debian's package (as root), else Playwright's own. */
export async function ensureChromium() {
  const found = await findChromium();
  if (found) return found;
  if (isRoot() && hasApt()) {
    say("Installing Debian's Chromium for the browser tests …");
    if (aptInstall(['chromium', 'fonts-dejavu-core']) && existsSync('/usr/bin/chromium')) return '/usr/bin/chromium';
  }
  say("Fetching Playwright's Chromium for the browser tests …");
  run('npx', ['playwright-core', 'install', 'chromium']);
  const fetched = await findChromium();
  if (fetched) return fetched;
  return giveUp(
    'No Chromium was found and none could be installed.',
    'Install Chrome or Chromium and set CHROMIUM_PATH to its program file.',
  );
}

/** Environment for tests on the GPU: the caller's driver, else Chromium's software driver, as everywhere in tests. */
export function testDriver(chromiumPath) {
  return (
    softwareDriver(chromiumPath) ??
    giveUp(
      'No Vulkan driver for the GPU tests was found beside Chromium.',
      'Install a Chromium that brings SwiftShader (Debian’s package or Playwright’s), or set VK_ICD_FILENAMES to a Vulkan driver’s manifest.',
    )
  );
}

const importsTorch = (python) => spawnSync(python, ['-c', 'import torch, numpy'], { stdio: 'ignore' }).status === 0;

/** Path of a Python that has PyTorch and NumPy: the export test opens our checkpoints with it. */
export function ensureTorchPython() {
  const candidates = [process.env.PYTHON, '/usr/bin/python3', 'python3', 'python'].filter(
    (path) => path !== undefined && path !== '',
  );
  const found = candidates.find(importsTorch);
  if (found) return found;
  if (isRoot() && hasApt()) {
    say('Installing Debian’s PyTorch for the export test (about 400 MB on disk) …');
    aptInstall(['python3-torch', 'python3-numpy']);
    if (importsTorch('/usr/bin/python3')) return '/usr/bin/python3';
  }
  return giveUp(
    'The export test needs a Python with PyTorch.',
    'Run `pip install torch numpy` (or install Debian’s python3-torch), or set PYTHON to a Python that has them.',
  );
}

export function ensureCache() {
  const path = join(root, '.cache');
  mkdirSync(path, { recursive: true });
  return path;
}
