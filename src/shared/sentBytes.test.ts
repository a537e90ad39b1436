import { expect, test } from 'vitest';
import { bodyBytes, meterSending, type SendingScope } from './sentBytes';

test('the bytes of a body, whatever it is made of', () => {
  expect(bodyBytes(null)).toBe(0);
  expect(bodyBytes('grün')).toBe(5);
  expect(bodyBytes(new Blob(['abc']))).toBe(3);
  expect(bodyBytes(new Float32Array(4))).toBe(16);
  expect(bodyBytes(new URLSearchParams({ a: 'b' }))).toBe(3);
  const form = new FormData();
  form.append('name', new Blob(['12345']));
  expect(bodyBytes(form)).toBe(9);
  expect(bodyBytes(new ReadableStream())).toBe(1);
});

test('every way out of a scope is metered, and still works', async () => {
  const out: unknown[] = [];
  class Sender {
    send(body?: unknown) {
      out.push(body);
    }
  }
  const scope: SendingScope = {
    fetch: async (_, init) => {
      out.push(init?.body);
      return new Response('ok');
    },
    XMLHttpRequest: Sender,
    WebSocket: class extends Sender {
      override send(body?: unknown) {
        out.push(body);
      }
    },
    navigator: { sendBeacon: (_, body) => out.push(body) > 0 },
  };
  let sent = 0;
  meterSending(scope, (bytes) => (sent += bytes));
  await scope.fetch?.('/models/manifest.json');
  expect(sent).toBe(0);
  await scope.fetch?.('/elsewhere', { method: 'POST', body: 'ab' });
  await scope.fetch?.(new Request('http://localhost/', { method: 'POST', body: 'a' }));
  scope.XMLHttpRequest?.prototype.send('abc');
  scope.WebSocket?.prototype.send('abcd');
  scope.navigator?.sendBeacon?.('/', 'abcde');
  expect(sent).toBe(2 + 1 + 3 + 4 + 5);
  expect(out).toEqual([undefined, 'ab', undefined, 'abc', 'abcd', 'abcde']);
});
