// `npm test`: installs what is missing, then format, lint, types, unit, GPU-kernel (in Node and in a browser) and browser
// tests, the build and the journeys. Every stage runs even if an earlier one failed; the last line counts them all: 'N
// passed, N failed'. `npm test -- unit gpu` runs only those stages, `npm test -- gpu src/gpu/softmax e2e/journey.spec.ts`
// only the tests below those paths.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { testCluster } from './cluster.mjs';
import {
  ensureCache,
  ensureChromium,
  ensureNode,
  ensurePackages,
  ensureTorchPython,
  giveUp,
  root,
  say,
  testDriver,
} from './setup.mjs';

/** Stages that run tests, and so take paths. */
const testStages = ['unit', 'gpu', 'gpu-browser', 'browser', 'e2e', 'e2e-long'];
const defaultStages = ['format', 'lint', 'types', 'unit', 'gpu', 'gpu-browser', 'browser', 'build', 'e2e'];
/** Stages that are run where they are asked for: they need what cannot be installed here, or much time. */
const stageNames = [...defaultStages, 'e2e-long', 'cluster', 'firefox', 'large'];
const usage = `npm test -- [STAGE …] [PATH …]
Stages: ${stageNames.join(', ')}. Paths go with ${testStages.join(', ')}, for example: npm test -- gpu src/gpu/softmax`;

/** Stages to run, and the paths to which they are limited (none: everything). */
function readArguments(args) {
  const refuse = (problem) => giveUp(problem, usage);
  const asked = args.filter((argument) => stageNames.includes(argument));
  const paths = args.filter((argument) => !stageNames.includes(argument));
  for (const path of paths) {
    if (path.startsWith('-')) refuse(`There is no option ${path}.`);
    if (!existsSync(join(root, path))) refuse(`There is no such stage or path: ${path}.`);
  }
  if (paths.length > 0 && asked.length === 0) refuse('Which stage is to run these paths?');
  const without = asked.filter((name) => !testStages.includes(name));
  if (paths.length > 0 && without.length > 0) refuse(`${without.join(', ')} takes no paths.`);
  return { chosen: asked.length > 0 ? asked : defaultStages, paths };
}

if (process.argv.includes('--help')) {
  console.log(usage);
  process.exit(0);
}
const { chosen, paths } = readArguments(process.argv.slice(2));
ensureNode();
ensurePackages();
const runsTests = chosen.some((name) => testStages.includes(name) || ['cluster', 'firefox', 'large'].includes(name));
const chromium = runsTests ? await ensureChromium() : '';
const environment = runsTests
  ? { ...process.env, CHROMIUM_PATH: chromium, PYTHON: ensureTorchPython() }
  : { ...process.env };
const gpuEnvironment = ['gpu', 'cluster', 'firefox'].some((name) => chosen.includes(name))
  ? { ...environment, ...testDriver(chromium) }
  : environment;
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

/** With paths, a stage may have no test there as long as another has. */
const limits = paths.length > 0 ? [...paths, '--pass-with-no-tests'] : [];

/** The Vitest command of a project, or of one part of several (`part` from 1). */
function vitestArguments(project, report, part = 1, parts = 1) {
  rmSync(report, { force: true });
  const program = join(root, 'node_modules/vitest/vitest.mjs');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const share = parts > 1 ? [`--shard=${part}/${parts}`] : [];
  return [program, 'run', '--project', project, ...reporters, ...share, ...limits];
}

/** Counts of a Vitest report; a run without a report counts as one failure. */
function countReport(report, status) {
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
}

/** A Vitest project. */
const vitest = (project, env) => () => {
  const report = join(cache, `vitest-${project}.json`);
  return countReport(report, node(vitestArguments(project, report), env));
};

/**
 * A Vitest project in two processes at a time, which take one part of its files after the other: a test on a software
 * GPU waits for one core most of the time. A part's output follows when it has ended; the first is seen as it goes.
 * @param parts more of them are shared out more evenly, and each starts a process anew
 */
const vitestParts = (project, parts, env) => async () => {
  if (paths.length > 0) return vitest(project, env)();
  const waiting = Array.from({ length: parts }, (_, i) => i + 1);
  const sum = { passed: 0, failed: 0 };
  const runPart = async (part) => {
    const report = join(cache, `vitest-${project}-${part}.json`);
    const args = vitestArguments(project, report, part, parts);
    const stdio = part === 1 ? 'inherit' : ['ignore', 'pipe', 'pipe'];
    const child = spawn(process.execPath, args, { cwd: root, stdio, env: { ...env, VITEST_PART: String(part) } });
    let printed = '';
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data) => (printed += data));
    const status = await new Promise((resolve) => child.on('close', resolve));
    process.stdout.write(printed);
    const { passed, failed } = countReport(report, status ?? 1);
    sum.passed += passed;
    sum.failed += failed;
  };
  const takeParts = async () => {
    for (let part = waiting.shift(); part; part = waiting.shift()) await runPart(part);
  };
  await Promise.all([takeParts(), takeParts()]);
  return sum;
};

const build = () => npx(['vite/bin/vite.js', 'build', '--logLevel', 'warn']);

const playwright = (env) => () => {
  const report = join(cache, 'playwright.json');
  rmSync(report, { force: true });
  // Journeys are those of the built site.
  if (!chosen.includes('build') && build() !== 0) return { passed: 0, failed: 1 };
  const status = npx(['@playwright/test/cli.js', 'test', ...limits], {
    ...environment,
    ...env,
    PLAYWRIGHT_JSON_OUTPUT_NAME: report,
  });
  if (!existsSync(report)) return { passed: 0, failed: 1 };
  const { stats } = JSON.parse(readFileSync(report, 'utf8'));
  const failed = stats.unexpected + stats.skipped + stats.flaky;
  return { passed: stats.expected, failed: failed === 0 && status !== 0 ? 1 : failed };
};

/** Firefox, on the built site; its compiler looks at the shaders that the tests of the kernels make. */
const firefox = () => {
  const env = { ...gpuEnvironment, SHADERS: join(cache, 'shaders') };
  rmSync(env.SHADERS, { recursive: true, force: true });
  const kernels = ['src/gpu/everyOp.gpu.test.ts', 'src/gpu/everyKernel.gpu.test.ts'];
  const program = join(root, 'node_modules/vitest/vitest.mjs');
  const failed =
    (!chosen.includes('build') && build() !== 0) ||
    node([program, 'run', '--project', 'gpu', ...kernels], env) !== 0 ||
    // Node has WebSocket by itself from 22 on.
    node(['--experimental-websocket', join(root, 'scripts/firefox.mjs')], env) !== 0;
  return failed ? { passed: 0, failed: 1 } : { passed: 1, failed: 0 };
};

/** Sets of many files, on the built site. */
const large = () => (!chosen.includes('build') && build()) || node(['--import', 'tsx', join(root, 'scripts/large.ts')]);

const stages = {
  format: single(() => npx(['oxfmt/bin/oxfmt', '--check'])),
  lint: single(
    () =>
      npx(['oxlint/bin/oxlint', '--deny-warnings']) ||
      node([join(root, 'scripts/checkImports.mjs')]) ||
      npx(['knip/bin/knip.js']),
  ),
  types: single(() => npx(['typescript/bin/tsc', '-b'])),
  unit: vitest('unit', environment),
  gpu: vitestParts('gpu', 6, gpuEnvironment),
  'gpu-browser': vitestParts('gpu-browser', 2, environment),
  browser: vitest('browser', environment),
  build: single(build),
  e2e: playwright({}),
  'e2e-long': playwright({ E2E_LONG: '1' }),
  cluster: () => testCluster(gpuEnvironment),
  firefox,
  large: single(large),
};

let passed = 0;
let failed = 0;
for (const [name, stage] of Object.entries(stages)) {
  if (!chosen.includes(name)) continue;
  say(`Stage: ${name}`);
  const started = Date.now();
  const result = await stage();
  passed += result.passed;
  failed += result.failed;
  say(`${name}: ${result.passed} passed, ${result.failed} failed (${Math.round((Date.now() - started) / 1000)} s)`);
}
if (passed + failed === 0) giveUp(`No test of ${chosen.join(', ')} is below ${paths.join(', ')}.`, usage);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
