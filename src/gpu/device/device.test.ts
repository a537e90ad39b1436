import { afterEach, expect, it, vi } from 'vitest';
import { acquireDevice } from './device';

afterEach(() => vi.unstubAllGlobals());

const refusing = (reason: string): GPU =>
  ({ requestAdapter: () => Promise.reject(new DOMException(reason, 'OperationError')) }) as unknown as GPU;

it('shows the browser’s own reason for refusing an adapter, and names Firefox’s two settings there', async () => {
  vi.stubGlobal('navigator', { userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0' });
  const refused = acquireDevice(refusing('WebGPU is disabled by the blocklist.'));
  await expect(refused).rejects.toMatchObject({
    info: { code: 'adapter-missing', why: expect.stringContaining('WebGPU is disabled by the blocklist.') },
  });
  await expect(refused).rejects.toThrow(/gfx\.webgpu\.ignore-blocklist.*dom\.webgpu\.enabled/);
});

it('speaks of hardware acceleration elsewhere, and claims no reason where none was given', async () => {
  vi.stubGlobal('navigator', { userAgent: 'Chrome/140' });
  const none = { requestAdapter: () => Promise.resolve(null) } as unknown as GPU;
  await expect(acquireDevice(none)).rejects.toThrow(/no reason.*hardware acceleration/);
});
