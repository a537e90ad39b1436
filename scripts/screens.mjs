/**
 * `npm run screens`: pictures of every screen in both themes, for the README, into docs/screens. They show the scripted
 * session (src/app/demo), whose samples and numbers are inventions.
 */
import { spawnSync } from 'node:child_process';

const { status } = spawnSync(process.execPath, ['scripts/test.mjs', 'build', 'e2e', 'e2e/screens.spec.ts'], {
  stdio: 'inherit',
  env: { ...process.env, SCREENS: 'docs/screens' },
});
process.exitCode = status ?? 1;
