/** Where the page begins. */
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { findBlocker } from '../state/deviceCheck';
import { Studio } from '../state/studio';
import { App } from './App';
import { browserPorts } from './browserPorts';
import { isolatePage } from './isolation';
import { keepOffline } from './offline';
import { meterPage } from '../shared/sentBytes';

const studio = new Studio(browserPorts());
meterPage((bytes) => studio.addSent(bytes));
const blocker = findBlocker({
  hasWebGpu: 'gpu' in navigator && navigator.gpu !== undefined,
  isSecure: window.isSecureContext,
  userAgent: navigator.userAgent,
});
if (blocker) studio.block(blocker);
else void studio.boot();

void isolatePage(() => studio.state.stage === 'welcome' && studio.state.reading === null).then((reloading) => {
  if (import.meta.env.PROD && !reloading) void keepOffline(studio);
});

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no element #root.');
createRoot(root).render(
  <StrictMode>
    <App studio={studio} />
  </StrictMode>,
);
