// `npm test`: installs what is missing, then lint, types, unit, GPU-kernel (in Node and in a browser) and browser
// tests, the build and the journeys. Every stage runs even if an earlier one failed; the last line counts them all: 'N
// passed, N failed'. `npm test -- unit gpu` runs only those stages.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  ensureCache,
  ensureChromium,
  ensureNode,
  ensurePackages,
  ensureTorchPython,
  root,
  say,
  vulkanEnvironment,
} from './setup.mjs';

ensureNode();
ensurePackages();
const chromium = await ensureChromium();
const python = ensureTorchPython();
const environment = { ...process.env, CHROMIUM_PATH: chromium, PYTHON: python };
const gpuEnvironment = { ...environment, ...vulkanEnvironment(chromium) };
const cache = ensureCache();

/** Runs a script of ours or a package's program (path below node_modules) under this Node. */
function node(args, env = environment) {
  return spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit', env }).status ?? 1;
}

function npx(args, env = environment) {
  return node([join(root, 'node_modules', ...args[0].split('/')), ...args.slice(1)], env);
}

/** A stage that is one check: passed or failed. */
const single = (action) => () => (action() === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 });

/** A Vitest project; counts come from its JSON report, and a run without a report counts as one failure. */
const vitest = (project, env) => () => {
  const report = join(cache, `vitest-${project}.json`);
  rmSync(report, { force: true });
  const status = npx(
    [
      'vitest/vitest.mjs',
      'run',
      '--project',
      project,
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
    ],
    env,
  );
  if (!existsSync(report)) return { passed: 0, failed: 1 };
  const {
    numPassedTests: passed,
    numFailedTests,
    numPendingTests,
    numTodoTests,
  } = JSON.parse(readFileSync(report, 'utf8'));
  // A skipped test is a test that did not show what it should: it counts as failed. So does an error outside any test.
  const failed = numFailedTests + numPendingTests + numTodoTests;
  return { passed, failed: failed === 0 && status !== 0 ? 1 : failed };
};

const playwright = () => {
  const report = join(cache, 'playwright.json');
  rmSync(report, { force: true });
  const status = npx(['@playwright/test/cli.js', 'test'], { ...environment, PLAYWRIGHT_JSON_OUTPUT_NAME: report });
  if (!existsSync(report)) return { passed: 0, failed: 1 };
  const { stats } = JSON.parse(readFileSync(report, 'utf8'));
  const failed = stats.unexpected + stats.skipped + stats.flaky;
  return { passed: stats.expected, failed: failed === 0 && status !== 0 ? 1 : failed };
};

const stages = {
  format: single(() => npx(['oxfmt/bin/oxfmt', '--check'])),
  lint: single(() => npx(['oxlint/bin/oxlint', '--deny-warnings']) || node([join(root, 'scripts/checkImports.mjs')])),
  types: single(() => npx(['typescript/bin/tsc', '-b'])),
  unit: vitest('unit', environment),
  gpu: vitest('gpu', gpuEnvironment),
  'gpu-browser': vitest('gpu-browser', environment),
  browser: vitest('browser', environment),
  build: single(() => npx(['vite/bin/vite.js', 'build', '--logLevel', 'warn'])),
  e2e: playwright,
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in stages));
if (unknown.length > 0) {
  console.error(`No such stage: ${unknown.join(', ')}. There are: ${Object.keys(stages).join(', ')}.`);
  process.exit(1);
}

let passed = 0;
let failed = 0;
for (const [name, stage] of Object.entries(stages)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  say(`Stage: ${name}`);
  const started = Date.now();
  const result = stage();
  passed += result.passed;
  failed += result.failed;
  say(`${name}: ${result.passed} passed, ${result.failed} failed (${Math.round((Date.now() - started) / 1000)} s)`);
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
