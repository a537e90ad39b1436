/**
 * The one GPUDevice of the process. It is requested by us, with everything the adapter offers (limits far above
 * WebGPU's defaults, f16, subgroups, timestamps where present), and then shared by the tensor engine and by
 * onnxruntime.
 */
import { StudioError } from '../../shared/errors';
import { matrixFeature, noteMatrixUnits } from './matrixUnits';

/** What a person and the diagnostics are told about the adapter. */
export interface AdapterSummary {
  vendor: string;
  architecture: string;
  description: string;
  /** True for software implementations (SwiftShader, WARP, lavapipe where it says so). */
  isFallback: boolean;
  f16: boolean;
  subgroups: boolean;
  timestamps: boolean;
  maxBufferBytes: number;
}

export interface GpuContext {
  readonly device: GPUDevice;
  readonly adapter: AdapterSummary;
  /** The adapter's own description, as other libraries want it. */
  readonly adapterInfo: GPUAdapterInfo;
  readonly limits: GPUSupportedLimits;
  /** Resolves when the device is gone, `destroy()` included (reason 'destroyed'). Never rejects. */
  readonly lost: Promise<GPUDeviceLostInfo>;
}

const wantedFeatures: readonly GPUFeatureName[] = ['shader-f16', 'subgroups', 'timestamp-query', matrixFeature];

/**
 * Limits that only matter to rendering, or whose maximum has a cost; everything else is raised to what the adapter has.
 */
const keepDefault = new Set(['minUniformBufferOffsetAlignment', 'minStorageBufferOffsetAlignment']);

function allLimits(adapter: GPUAdapter): Record<string, number> {
  const limits: Record<string, number> = {};
  // The properties are getters on the prototype, so `for in` and not Object.keys.
  for (const name in adapter.limits) {
    const value: unknown = adapter.limits[name as keyof GPUSupportedLimits];
    if (typeof value === 'number' && !keepDefault.has(name)) limits[name] = value;
  }
  return limits;
}

function missing(): StudioError {
  return new StudioError({
    code: 'webgpu-missing',
    what: 'This browser has no WebGPU.',
    why: 'Training runs on your GPU, and WebGPU is how a page reaches it.',
    action:
      'Open the studio in a current Chrome, Edge, Firefox or Safari 26; on Linux, enable WebGPU in the browser’s settings.',
  });
}

/** @param reason the browser's own, where it gave one */
function noAdapter(reason: string | null): StudioError {
  return new StudioError({
    code: 'adapter-missing',
    what: 'WebGPU found no GPU to work with.',
    why: reason
      ? `The browser says: “${reason}”.`
      : 'The browser knows WebGPU, but gave no adapter and no reason: the driver may be too old or blocked, or hardware acceleration is switched off.',
    action: isFirefox()
      ? 'Open about:config and switch on “gfx.webgpu.ignore-blocklist” (and “dom.webgpu.enabled” on Linux), update the graphics driver, and restart Firefox.'
      : 'Switch on hardware acceleration in the browser’s settings, update the graphics driver, and restart the browser.',
    detail: reason ?? 'requestAdapter gave null',
  });
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
const isFirefox = (): boolean => /firefox\//i.test(globalThis.navigator?.userAgent ?? '');

/**
 * Requests the device.
 * @param gpu the entry point; default `navigator.gpu`
 * @throws StudioError webgpu-missing, adapter-missing
 */
export async function acquireDevice(gpu: GPU | undefined = globalThis.navigator?.gpu): Promise<GpuContext> {
  if (!gpu) throw missing();
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' }).catch((error: unknown) => {
    // Firefox rejects and says why; others give null.
    throw noAdapter(reasonOf(error));
  });
  if (!adapter) throw noAdapter(null);
  const requiredFeatures = wantedFeatures.filter((feature) => adapter.features.has(feature));
  let device: GPUDevice;
  try {
    device = await adapter.requestDevice({ label: 'studio', requiredFeatures, requiredLimits: allLimits(adapter) });
  } catch (error) {
    throw noAdapter(reasonOf(error));
  }
  const { info } = adapter;
  noteMatrixUnits(device, info);
  return {
    device,
    adapterInfo: info,
    limits: device.limits,
    lost: device.lost,
    adapter: {
      vendor: info.vendor,
      architecture: info.architecture,
      description: info.description,
      isFallback: info.isFallbackAdapter,
      f16: device.features.has('shader-f16'),
      subgroups: device.features.has('subgroups'),
      timestamps: device.features.has('timestamp-query'),
      maxBufferBytes: device.limits.maxBufferSize,
    },
  };
}
