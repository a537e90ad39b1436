/**
 * Counts what leaves this page: the bytes of every request body, in the page and in each of its workers. The studio
 * sends nothing, so the count stays 0; it is measured at the browser's own functions, where any code, ours or a
 * library's, would have to come by. Scopes tell each other over a channel of the browser's.
 */

const channelName = 'lcp-gan-studio-sent';

/** Bytes of a request's body; of a stream, whose length nobody knows in advance, 1, so that it does not pass unseen. */
export function bodyBytes(body: unknown): number {
  if (body === null || body === undefined) return 0;
  if (typeof body === 'string') return new TextEncoder().encode(body).byteLength;
  if (body instanceof Blob) return body.size;
  if (body instanceof ArrayBuffer || ArrayBuffer.isView(body)) return body.byteLength;
  if (body instanceof URLSearchParams) return bodyBytes(body.toString());
  if (typeof FormData !== 'undefined' && body instanceof FormData) {
    let sum = 0;
    body.forEach((value, name) => (sum += bodyBytes(name) + bodyBytes(value)));
    return sum;
  }
  return 1;
}

interface Sender {
  send(body?: unknown): void;
}

/** The functions of a page or a worker that can send something. */
export interface SendingScope {
  fetch?: typeof fetch;
  XMLHttpRequest?: { prototype: Sender };
  WebSocket?: { prototype: Sender };
  navigator?: { sendBeacon?: Navigator['sendBeacon'] };
}

/** Has `sent` told of the bytes of every body that is sent from `scope` from now on. */
export function meterSending(scope: SendingScope, sent: (bytes: number) => void): void {
  const tell = (body: unknown): void => {
    const bytes = bodyBytes(body);
    if (bytes > 0) sent(bytes);
  };
  const { fetch: fetched, XMLHttpRequest: request, WebSocket: socket, navigator: navigating } = scope;
  if (fetched) {
    scope.fetch = (input, init) => {
      tell(init?.body ?? (input instanceof Request ? input.body : null));
      return fetched.call(globalThis, input, init);
    };
  }
  for (const prototype of [request?.prototype, socket?.prototype]) {
    if (!prototype) continue;
    const { send } = prototype;
    prototype.send = function metered(this: Sender, body?: unknown) {
      tell(body);
      send.call(this, body);
    };
  }
  const beacon = navigating?.sendBeacon;
  if (navigating && beacon)
    navigating.sendBeacon = (url, body) => {
      tell(body);
      return beacon.call(navigating, url, body);
    };
}

/** Meters this scope and tells the page. To be called before anything else of a worker. */
export function meterWorker(): void {
  const channel = new BroadcastChannel(channelName);
  meterSending(globalThis as SendingScope, (bytes) => channel.postMessage(bytes));
}

/** Meters the page and hears of its workers. */
export function meterPage(sent: (bytes: number) => void): void {
  meterSending(globalThis as SendingScope, sent);
  new BroadcastChannel(channelName).addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    if (typeof data === 'number') sent(data);
  });
}
