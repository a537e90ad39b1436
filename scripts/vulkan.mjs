// The Vulkan driver that Dawn computes on under Node, on Linux: the caller's choice (VK_ICD_FILENAMES or
// VK_DRIVER_FILES), else the system's where it has a GPU, else the software driver that comes with every Chromium. Elsewhere Dawn
// uses the system's Metal or Direct3D. A driver must be in the environment before Dawn is loaded, so what is found here is for
// a process yet to be started. Node's own modules only, but for Playwright's Chromium and for Dawn itself.
import { spawnSync } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const manifest = 'vk_swiftshader_icd.json';

const usualBrowsers = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];
const namesOnPath = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

async function playwrightBrowser() {
  try {
    const { chromium } = await import('playwright-core');
    return chromium.executablePath();
  } catch {
    return ''; // the packages are not there yet
  }
}

/** Path of a Chromium on this machine (CHROMIUM_PATH comes first), or null. */
export async function findChromium() {
  const onPath = (process.env.PATH ?? '')
    .split(delimiter)
    .flatMap((folder) => namesOnPath.map((name) => join(folder, name)));
  const candidates = [process.env.CHROMIUM_PATH ?? '', ...usualBrowsers, ...onPath, await playwrightBrowser()];
  return candidates.find((path) => path !== '' && existsSync(path)) ?? null;
}

const chosenByCaller = () => process.env.VK_ICD_FILENAMES !== undefined || process.env.VK_DRIVER_FILES !== undefined;

/**
 * Environment that makes Dawn use the software driver beside a Chromium; nothing where the caller chose a driver or
 * none is needed; null where there is no such driver.
 */
export function softwareDriver(chromiumPath) {
  if (process.platform !== 'linux' || chosenByCaller()) return {};
  const beside = chromiumPath === null ? [] : [dirname(realpathSync(chromiumPath))];
  const folders = [...beside, '/usr/lib/chromium', '/usr/lib/chromium-browser', '/opt/google/chrome'];
  const folder = folders.find((path) => existsSync(join(path, manifest)));
  if (folder === undefined) return null;
  const libraries = [folder, process.env.LD_LIBRARY_PATH].filter(Boolean).join(delimiter);
  return { VK_ICD_FILENAMES: join(folder, manifest), LD_LIBRARY_PATH: libraries };
}

const probe = `
const { create, globals } = await import('webgpu');
Object.assign(globalThis, globals);
const adapter = await create([]).requestAdapter().catch(() => null);
process.exit(adapter ? 0 : 1);`;

/** Whether Dawn finds anything to compute on as the environment is. */
const findsAdapter = () =>
  spawnSync(process.execPath, ['--input-type=module', '-e', probe], { cwd: root, stdio: 'ignore' }).status === 0;

/**
 * What to add to the environment of a program that computes on the GPU, and whether that means the processor. Empty
 * where nothing helps as well: the program itself then says what to install.
 */
export async function computeEnvironment() {
  if (process.platform !== 'linux' || chosenByCaller() || findsAdapter()) return { environment: {}, software: false };
  const environment = softwareDriver(await findChromium());
  return { environment: environment ?? {}, software: environment !== null };
}
