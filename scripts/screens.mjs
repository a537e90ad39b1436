/**
 * `npm run screens`: pictures of every screen in both themes, for the README, into docs/screens. They show the scripted
 * session (src/app/demo), whose samples and numbers are inventions.
 */
import { spawnSync } from 'node:child_process';

const env = { ...process.env, SCREENS: 'docs/screens' };
for (const stage of [['build'], ['e2e', 'e2e/screens.spec.ts']]) {
  const { status } = spawnSync(process.execPath, ['scripts/test.mjs', ...stage], { stdio: 'inherit', env });
  process.exitCode = status ?? 1;
  if (process.exitCode !== 0) break;
}
