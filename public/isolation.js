// Cross-origin isolation on hosts that send no headers of their own (src/app/isolation.ts registers this). The page and
// its workers get the two headers that browsers ask for before they lend shared memory, and with it threads, to
// WebAssembly. Every other request is left to the browser.
const isolated = new Set(['document', 'worker', 'sharedworker']);

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
self.addEventListener('fetch', (event) => {
  const { request } = event;
  if (isolated.has(request.destination) && new URL(request.url).origin === self.location.origin)
    event.respondWith(withHeaders(request));
});

async function withHeaders(request) {
  const response = await fetch(request);
  // A redirect is followed by the browser, which asks again.
  if (response.type === 'opaqueredirect' || response.type === 'error') return response;
  const headers = new Headers(response.headers);
  headers.set('Cross-Origin-Opener-Policy', 'same-origin');
  headers.set('Cross-Origin-Embedder-Policy', 'require-corp');
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}
