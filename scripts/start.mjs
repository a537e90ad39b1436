// `npm start`: installs what is missing, builds the studio and serves it on this machine.
import { ensureNode, ensurePackages, giveUp, root, say } from './setup.mjs';

ensureNode();
ensurePackages();

const { build, preview } = await import('vite');
say('Building the studio …');
try {
  await build({ root, logLevel: 'warn' });
} catch (error) {
  giveUp(
    `The build failed: ${error instanceof Error ? error.message : error}`,
    'Check that the checkout is unchanged (`git status`), delete node_modules and run `npm start` again.',
  );
}
const server = await preview({
  root,
  preview: { port: 4173, strictPort: false, host: process.env.HOST ?? 'localhost' },
});
const address = server.resolvedUrls?.local[0] ?? 'http://localhost:4173/';
say(`LCP-GAN Studio is at ${address}`);
say('Open it in a browser with WebGPU (Chrome or Edge 121+). Stop with Ctrl+C.');
