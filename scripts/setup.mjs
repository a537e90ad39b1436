// What `npm start` and `npm test` need on a machine that has nothing but Node and npm. Every step says plainly what it
// does, does nothing when there is nothing to do, and, when it fails, says what to do by hand. Node's own modules only:
// this file runs before anything is installed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stampFile = join(root, 'node_modules', '.studio-installed');

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

/** Installs the npm packages of the lock file when they are missing or the lock file has changed since. */
export function ensurePackages() {
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wanted) return;
  say('Installing npm packages (about 1 GB on disk; takes a minute or two) …');
  // No package of ours needs its install script on any platform; some want downloads that a closed network refuses. Not
  // `npm ci`: it refuses a lock file that lacks another platform's optional binaries, which a mirror of the registry
  // may not have.
  const result = run('npm', ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund']);
  if (result.status !== 0) {
    giveUp(
      'The npm packages could not be installed.',
      'Check the network (or your npm registry setting) and the disk space, then run this again.',
    );
  }
  writeFileSync(stampFile, wanted);
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

const installedBrowsers = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

async function playwrightBrowser() {
  const { chromium } = await import('playwright-core');
  const path = chromium.executablePath();
  return path !== '' && existsSync(path) ? path : null;
}

/** Path of a Chromium for the tests: an installed one, else Debian's package (as root), else Playwright's own. */
export async function ensureChromium() {
  const asked = process.env.CHROMIUM_PATH;
  if (asked !== undefined && existsSync(asked)) return asked;
  const found = installedBrowsers.find((path) => existsSync(path)) ?? (await playwrightBrowser());
  if (found) return found;
  if (isRoot() && hasApt()) {
    say("Installing Debian's Chromium for the browser tests …");
    if (aptInstall(['chromium', 'fonts-dejavu-core']) && existsSync('/usr/bin/chromium')) return '/usr/bin/chromium';
  }
  say("Fetching Playwright's Chromium for the browser tests …");
  run('npx', ['playwright-core', 'install', 'chromium']);
  const fetched = await playwrightBrowser();
  if (fetched) return fetched;
  return giveUp(
    'No Chromium was found and none could be installed.',
    'Install Chrome or Chromium and set CHROMIUM_PATH to its program file.',
  );
}

/**
 * Environment that lets Dawn in Node find a Vulkan driver on Linux: the caller's own choice (VK_ICD_FILENAMES), else
 * the software driver that comes with Chromium. Elsewhere Dawn uses the system's Metal or Direct3D.
 */
export function vulkanEnvironment(chromiumPath) {
  if (process.platform !== 'linux' || process.env.VK_ICD_FILENAMES !== undefined) return {};
  const folders = [dirname(realpathSync(chromiumPath)), '/usr/lib/chromium', '/opt/google/chrome'];
  const folder = folders.find((path) => existsSync(join(path, 'vk_swiftshader_icd.json')));
  if (folder === undefined) {
    return giveUp(
      'No Vulkan driver for the GPU tests was found beside Chromium.',
      'Install a Chromium that brings SwiftShader (Debian’s package or Playwright’s), or set VK_ICD_FILENAMES to a Vulkan driver’s manifest.',
    );
  }
  const libraries = [folder, process.env.LD_LIBRARY_PATH].filter(Boolean).join(':');
  return { VK_ICD_FILENAMES: join(folder, 'vk_swiftshader_icd.json'), LD_LIBRARY_PATH: libraries };
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
