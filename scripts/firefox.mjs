// The studio in Firefox: its compiler takes our shaders, it trains on a software GPU, and where it gives no GPU the page
// says what to do. The stage `firefox` of `npm test`. Needs a Firefox from 153 on (Debian's firefox-esr; FIREFOX_PATH
// names another). Speaks WebDriver BiDi itself (https://www.w3.org/TR/webdriver-bidi): what drives Firefox for tests
// drives a build of its own.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { preview } from 'vite';
import { say } from './setup.mjs';

const oldest = 153;
/** Where tests of the kernels have kept their shaders, and how few would mean that they have not. */
const shaders = process.env.SHADERS ?? '.cache/shaders';
const fewestShaders = 100;
/** Nothing here takes longer; a software GPU on a busy machine takes its time. */
const patienceMs = 900_000;
const enabled = { 'dom.webgpu.enabled': true, 'gfx.webgpu.ignore-blocklist': true };
/** A run of a few iterations of the smallest networks, as the page's own link would say it. */
const settings = {
  preset: 'tiny',
  changes: { batch: 4, kimg: 0.4, 'prompts.epochs': 1, sampleColumns: 2 },
  clip: 'clip-nano',
};

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Path of a Firefox that is new enough, or why there is none and what to do. */
function findFirefox() {
  const candidates = [process.env.FIREFOX_PATH, 'firefox-esr', 'firefox'].filter(Boolean);
  for (const path of candidates) {
    const { stdout } = spawnSync(path, ['--version'], { encoding: 'utf8' });
    const version = Number(/Firefox (\d+)/.exec(stdout ?? '')?.[1] ?? 0);
    if (version >= oldest) return { path };
  }
  return {
    missing: `No Firefox from ${oldest} on is installed here. apt-get install firefox-esr, or set FIREFOX_PATH.`,
  };
}

/** A Firefox without a window, with one page. */
class Firefox {
  #answers = new Map();
  #last = 0;
  errors = [];

  static async open(path, preferences) {
    const firefox = new Firefox();
    firefox.profile = mkdtempSync(join(tmpdir(), 'studio-firefox-'));
    const lines = Object.entries(preferences).map(([name, value]) => `user_pref("${name}", ${JSON.stringify(value)});`);
    writeFileSync(join(firefox.profile, 'user.js'), `${lines.join('\n')}\n`);
    firefox.child = spawn(
      path,
      ['--headless', '--no-remote', '--remote-debugging-port', '0', '--profile', firefox.profile],
      { stdio: 'ignore' },
    );
    const told = join(firefox.profile, 'WebDriverBiDiServer.json');
    for (const started = Date.now(); !existsSync(told); await wait(200))
      if (Date.now() - started > patienceMs) throw new Error('Firefox does not start.');
    const { ws_host: host, ws_port: port } = JSON.parse(readFileSync(told, 'utf8'));
    await firefox.#connect(`ws://${host}:${port}/session`);
    return firefox;
  }

  async #connect(address) {
    this.socket = new WebSocket(address);
    await new Promise((resolve, reject) => {
      this.socket.addEventListener('open', resolve);
      this.socket.addEventListener('error', () => reject(new Error('Firefox takes no commands.')));
    });
    this.socket.addEventListener('message', ({ data }) => this.#take(JSON.parse(data)));
    await this.send('session.new', { capabilities: {} });
    await this.send('session.subscribe', { events: ['log.entryAdded'] });
    const { contexts } = await this.send('browsingContext.getTree', {});
    this.page = contexts[0].context;
  }

  #take({ id, type, result, message, method, params }) {
    if (method === 'log.entryAdded' && params.level === 'error') this.errors.push(params.text);
    const answer = this.#answers.get(id);
    if (!answer) return;
    this.#answers.delete(id);
    if (type === 'error') answer.reject(new Error(message));
    else answer.resolve(result);
  }

  send(method, params) {
    this.#last += 1;
    const id = this.#last;
    return new Promise((resolve, reject) => {
      this.#answers.set(id, { resolve, reject });
      this.socket.send(JSON.stringify({ id, method, params }));
    });
  }

  go(url) {
    return this.send('browsingContext.navigate', { context: this.page, url, wait: 'complete' });
  }

  /** What an expression is on the page: a text, a number, a boolean or null. */
  async value(expression) {
    const { result, exceptionDetails } = await this.send('script.evaluate', {
      expression,
      target: { context: this.page },
      awaitPromise: true,
    });
    if (exceptionDetails) throw new Error(exceptionDetails.text);
    return result.value ?? null;
  }

  text() {
    return this.value('document.body.innerText');
  }

  async until(expression, what) {
    for (const started = Date.now(); !(await this.value(expression)); await wait(500))
      if (Date.now() - started > patienceMs)
        throw new Error(`${what}: did not come. The page says:\n${await this.text()}\n${this.errors.join('\n')}`);
  }

  async press(name) {
    const button = `[...document.querySelectorAll('button')].find((each) => !each.disabled && (each.innerText.split('\\n')[0] === ${JSON.stringify(name)} || each.ariaLabel === ${JSON.stringify(name)}))`;
    await this.until(`Boolean(${button})`, `The button “${name}”`);
    await this.value(`${button}.click()`);
  }

  async close() {
    await this.send('browser.close', {}).catch(() => undefined);
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    if (this.child.exitCode === null) await Promise.race([ended, wait(10_000)]);
    if (this.child.exitCode === null) this.child.kill('SIGKILL');
    rmSync(this.profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

const iteration = `Number((document.querySelector('[data-testid=iteration]')?.innerText ?? '0').replaceAll(',', ''))`;

/** The sample pictures, a small run, a rest. */
async function trains(firefox, site) {
  const fragment = Buffer.from(JSON.stringify(settings)).toString('base64url');
  await firefox.go(`${site}#config=1.${fragment}`);
  await firefox.press('Try the sample');
  await firefox.press('Start training');
  await firefox.until(`${iteration} >= 2`, 'The second iteration');
  await firefox.press('Pause');
  await firefox.until(`document.querySelector('h1')?.innerText === 'Paused'`, 'A rest');
  const drawn = `(() => { const grid = document.querySelector('[data-testid=sample-grid]'); const { data } = grid.getContext('2d').getImageData(0, 0, grid.width, grid.height); return new Set(data).size; })()`;
  if ((await firefox.value(drawn)) < 50) throw new Error('The samples have no colors.');
  const text = await firefox.text();
  if (!text.includes('Sent from this page: 0 bytes')) throw new Error(`Bytes were sent.\n${text}`);
  if (firefox.errors.length > 0) throw new Error(`The page had errors:\n${firefox.errors.join('\n')}`);
}

/** WebGPU switched off: the two settings by name. */
async function advises(firefox, site) {
  await firefox.go(site);
  await firefox.until(`document.body.innerText.includes('about:config')`, 'Advice');
  const text = await firefox.text();
  for (const setting of Object.keys(enabled))
    if (!text.includes(setting)) throw new Error(`${setting} is not named.\n${text}`);
}

/** A GPU that Firefox does not give: what to switch on, and a way to look again. */
async function refuses(firefox, site) {
  await firefox.go(site);
  await firefox.until(`document.body.innerText.includes('Check again')`, 'A refusal');
  const text = await firefox.text();
  if (!text.includes('gfx.webgpu.ignore-blocklist')) throw new Error(`The setting is not named.\n${text}`);
}

/** Every shader that the kernels' tests have made, through Firefox's compiler (naga). */
async function takesOurShaders(firefox, site) {
  const files = existsSync(shaders) ? readdirSync(shaders) : [];
  if (files.length < fewestShaders) throw new Error(`There are only ${files.length} shaders in ${shaders}.`);
  await firefox.go(site);
  const adapter = `navigator.gpu.requestAdapter().then(async (adapter) => {
    const requiredFeatures = ['shader-f16', 'subgroups'].filter((name) => adapter.features.has(name));
    globalThis.device = await adapter.requestDevice({ requiredFeatures });
    return requiredFeatures.join();
  })`;
  const features = await firefox.value(adapter);
  let [taken, left] = [0, 0];
  const refused = [];
  for (const file of files) {
    const code = readFileSync(join(shaders, file), 'utf8');
    const needed = [...code.matchAll(/^enable ([\w, ]+);/gm)].flatMap(([, names]) =>
      names.split(',').map((name) => name.trim()),
    );
    // What this adapter lacks, its compiler refuses by name, not for what is written there.
    if (needed.some((name) => !features.includes(name === 'f16' ? 'shader-f16' : name))) {
      left += 1;
      continue;
    }
    const messages = await firefox.value(`(async () => {
      device.pushErrorScope('validation');
      const module = device.createShaderModule({ code: ${JSON.stringify(code)} });
      const { messages } = await module.getCompilationInfo();
      const error = await device.popErrorScope();
      return [...messages].filter(({ type }) => type === 'error').map(({ message, lineNum }) => lineNum + ': ' + message).join('\\n') || (error?.message ?? '');
    })()`);
    if (messages) refused.push(`${file}: ${messages}`);
    else taken += 1;
  }
  say(
    `${taken} shaders taken, ${refused.length} refused, ${left} need what this adapter lacks (it has: ${features || 'nothing optional'}).`,
  );
  if (refused.length > 0) throw new Error(refused.slice(0, 10).join('\n'));
}

const checks = [
  ['compiles every shader', enabled, takesOurShaders],
  ['trains', enabled, trains],
  ['has its two settings named where WebGPU is off', {}, advises],
  ['has the setting named where it gives no GPU', { 'dom.webgpu.enabled': true }, refuses],
];

const { path, missing } = findFirefox();
if (missing) {
  say(missing);
  process.exit(1);
}
say(execFileSync(path, ['--version'], { encoding: 'utf8' }).trim());
const server = await preview({ logLevel: 'error', preview: { port: 4196 } });
let failed = 0;
for (const [name, preferences, check] of checks) {
  const firefox = await Firefox.open(path, preferences);
  try {
    await check(firefox, server.resolvedUrls.local[0]);
    say(`Firefox ${name}.`);
  } catch (error) {
    failed += 1;
    say(`Firefox ${name}: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    await firefox.close();
  }
}
await server.close();
process.exit(failed === 0 ? 0 : 1);
