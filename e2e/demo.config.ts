// Builds the demonstration (src/app/demo) as the site is built; e2e/support/demoSite.ts serves it.
import { mergeConfig } from 'vite';
import site from '../vite.config';

export default mergeConfig(site, { build: { emptyOutDir: true, rolldownOptions: { input: 'e2e/demo.html' } } });
