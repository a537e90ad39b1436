/**
 * The demonstration (src/app/demo), built and served as the site is: a development server puts the page together from a
 * thousand files each time it is opened, and its React takes several times as long to draw.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { preview } from 'vite';

export interface DemoSite {
  /** Address of the demonstration, to which a scene's query is added. */
  url: string;
  close(): Promise<void>;
}

/** @param texts language, as the environment's TEXTS says it */
export async function demoSite(texts?: string): Promise<DemoSite> {
  const outDir = mkdtempSync(join(tmpdir(), 'lcp-gan-demo-'));
  const configFile = 'e2e/demo.config.ts';
  const args = ['build', '--config', configFile, '--outDir', outDir, '--logLevel', 'error'];
  // The runner of the journeys says 'test' there, which is React's slow form.
  const env = { ...process.env, NODE_ENV: 'production', ...(texts ? { TEXTS: texts } : {}) };
  execFileSync(process.execPath, ['node_modules/vite/bin/vite.js', ...args], { env, stdio: 'inherit' });
  const server = await preview({ configFile, build: { outDir }, logLevel: 'error', preview: { port: 4198 } });
  return {
    url: `${server.resolvedUrls?.local[0] ?? ''}e2e/demo.html?`,
    close: async () => {
      await server.close();
      rmSync(outDir, { recursive: true, force: true });
    },
  };
}
