/**
 * What the page can know about WebGPU before the worker opens the GPU: whether the browser has it, and if not, why and
 * what to do. Whether an adapter exists is found out by the worker, which owns the device.
 */
import type { ErrorInfo } from '../shared/errors';

export interface BrowserFacts {
  hasWebGpu: boolean;
  isSecure: boolean;
  userAgent: string;
}

/** The reason why this browser cannot train, or null. */
export function findBlocker({ hasWebGpu, isSecure, userAgent }: BrowserFacts): ErrorInfo | null {
  if (hasWebGpu) return null;
  const what = 'This browser gives the page no access to your GPU.';
  if (!isSecure) {
    const why = 'Browsers allow WebGPU only on a secure address: https, or localhost.';
    return {
      code: 'webgpu-missing',
      what,
      why,
      action: 'Open the studio through https, or on this machine through http://localhost.',
    };
  }
  return {
    code: 'webgpu-missing',
    what,
    why: 'Training runs on WebGPU, which is missing or turned off here.',
    action: adviceFor(userAgent),
  };
}

/** What to do about missing WebGPU in the browser at hand. */
export function adviceFor(userAgent: string): string {
  if (/firefox\//i.test(userAgent) && /linux/i.test(userAgent))
    return 'Use Firefox 153 or newer, open about:config, switch on “dom.webgpu.enabled” and “gfx.webgpu.ignore-blocklist”, and restart Firefox; or open the studio in Chrome or Chromium.';
  if (/firefox\//i.test(userAgent))
    return 'Update to Firefox 141 or newer on Windows, or 145 or newer on a Mac with Apple silicon; or open the studio in Chrome or Edge 113 or newer.';
  if (/chrom(e|ium)\//i.test(userAgent))
    return 'Update to Chrome or Edge 113 or newer, turn on “Use graphics acceleration when available” in the settings, restart the browser, and look at chrome://gpu if it still fails.';
  if (/safari\//i.test(userAgent))
    return 'Update to Safari 26 or newer, or open the studio in Chrome or Edge 113 or newer.';
  return 'Open the studio in Chrome or Edge 113 or newer, Safari 26 or newer, or Firefox 141 or newer.';
}
