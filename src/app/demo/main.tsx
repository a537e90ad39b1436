/**
 * The page on a scripted session, for looking at screens in development: e2e/demo.html?scene=train&hold=300. Scenes:
 * welcome, review, runs, playground, train (also with fail=<iteration>), finished, missing; `interrupted` adds an interrupted run. Not
 * part of the built site.
 */
import { createRoot } from 'react-dom/client';
import { findBlocker } from '../../state/deviceCheck';
import { Studio } from '../../state/studio';
import { App } from '../App';
import { browserPorts } from '../browserPorts';
import { demoRuns } from './demoRuns';
import { ScriptedSession } from './scriptedSession';

const query = new URLSearchParams(window.location.search);
const number = (name: string, otherwise: number) => Number(query.get(name) ?? otherwise);
const scene = query.get('scene') ?? 'welcome';
const script = {
  holdAt: number('hold', Infinity),
  speed: number('speed', 8),
  samplesEvery: number('samples', 1),
  software: query.has('software'),
  failAt: number('fail', Infinity),
  interrupted: query.has('interrupted'),
};

// Relative addresses are the site's, not this page's.
const base = document.createElement('base');
base.href = '/';
document.head.append(base);

const studio = new Studio({
  ...browserPorts(),
  runs: demoRuns(),
  createSession: () => new ScriptedSession(script).port,
});
Object.assign(window, { studio });

async function play(): Promise<void> {
  if (scene === 'missing') {
    const blocker = findBlocker({ hasWebGpu: false, isSecure: true, userAgent: navigator.userAgent });
    if (blocker) studio.block(blocker);
    return;
  }
  await studio.boot();
  if (scene === 'playground') {
    await studio.playground.openCheckpoint(new File([], 'checkpoint.safetensors'));
    return;
  }
  if (scene === 'runs') {
    studio.show('runs');
    await studio.library.refresh();
    for (const id of ['a', 'b']) await studio.library.compare(id, true);
    return;
  }
  if (scene === 'welcome') return;
  await studio.data.openSample();
  if (scene === 'review') return;
  if (query.has('preset')) studio.setup.choosePreset('tiny');
  await studio.running.start();
}

const root = document.getElementById('root');
if (!root) throw new Error('The page has no element #root.');
createRoot(root).render(<App studio={studio} />);
void play();
