// The one service worker of the studio (src/app/isolation.ts and src/app/offline.ts register it). It does three things:
// - On hosts that send no headers of their own, the page and its workers get those that browsers ask for before they
//   lend shared memory to WebAssembly, and the policy that says whom workers may talk to.
// - It keeps the site, so that it opens without a network: the page and its code when it is installed, the rest (CLIP,
//   onnxruntime, the sample) when the page asks for it, once it has come to rest.
// - A press on a notification that the page sent through it (src/app/notifying.ts) leads to the page.
// The build fills in what the site consists of (scripts/offlinePlugin.mjs).
const site = /* site */ { version: 'none', shell: [], later: [], workerPolicy: '' };
const cacheName = `lcp-gan-studio-${site.version}`;
const patienceMs = 4000;

self.addEventListener('install', (event) => event.waitUntil(keep(site.shell).then(() => self.skipWaiting())));
self.addEventListener('activate', (event) => event.waitUntil(takeOver()));
self.addEventListener('message', (event) => {
  if (event.data !== 'keep all') return;
  const answer = (kept) => event.source?.postMessage({ kept });
  event.waitUntil(
    keep(site.later).then(
      () => answer(site.shell.length > 0),
      () => answer(false),
    ),
  );
});
self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(self.clients.matchAll({ type: 'window' }).then(([first]) => first?.focus()));
});
self.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin } = new URL(request.url);
  if (request.method === 'GET' && origin === self.location.origin) event.respondWith(answerTo(request));
});

async function takeOver() {
  await self.clients.claim();
  for (const name of await caches.keys())
    if (name.startsWith('lcp-gan-studio-') && name !== cacheName) await caches.delete(name);
}

/** One after the other. What an earlier version kept is taken over where its name holds its content's hash. */
async function keep(paths) {
  const cache = await caches.open(cacheName);
  for (const path of paths) {
    const url = new URL(path, self.registration.scope).href;
    if (await cache.match(url)) continue;
    const earlier = path.startsWith('assets/') ? await caches.match(url) : undefined;
    const response = earlier ?? (await fetch(url, { cache: 'no-cache' }));
    if (!response.ok) throw new Error(`${path}: ${response.status}`);
    await cache.put(url, response);
  }
}

async function answerTo(request) {
  const response = request.mode === 'navigate' ? await page(request) : await file(request);
  return ['document', 'iframe', 'worker', 'sharedworker'].includes(request.destination)
    ? withHeaders(response, request.destination)
    : response;
}

/** The page from the network, which may have a newer one; the one that is kept where none comes in time. */
async function page(request) {
  const kept = await (await caches.open(cacheName)).match(self.registration.scope);
  const { href } = new URL(request.url);
  const own = href.split(/[?#]/)[0] === self.registration.scope;
  if (!kept || !own) return fetch(request);
  const late = new Promise((resolve) => setTimeout(() => resolve(kept.clone()), patienceMs));
  return Promise.race([fetch(request).catch(() => kept.clone()), late]);
}

async function file(request) {
  const kept = await (await caches.open(cacheName)).match(request.url, { ignoreVary: true });
  if (!kept) return fetch(request);
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.get('Range') ?? '');
  if (!range) return kept;
  const all = await kept.blob();
  const from = Number(range[1]);
  const to = range[2] ? Math.min(Number(range[2]), all.size - 1) : all.size - 1;
  if (from >= all.size) return new Response(null, { status: 416, headers: { 'Content-Range': `bytes */${all.size}` } });
  return new Response(all.slice(from, to + 1), {
    status: 206,
    headers: { 'Content-Range': `bytes ${from}-${to}/${all.size}`, 'Content-Length': String(to + 1 - from) },
  });
}

function withHeaders(response, destination) {
  // A redirect is followed by the browser, which asks again.
  if (response.type === 'opaqueredirect' || response.type === 'error') return response;
  const headers = new Headers(response.headers);
  headers.set('Cross-Origin-Opener-Policy', 'same-origin');
  headers.set('Cross-Origin-Embedder-Policy', 'require-corp');
  if (destination.endsWith('worker') && site.workerPolicy) headers.set('Content-Security-Policy', site.workerPolicy);
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}
