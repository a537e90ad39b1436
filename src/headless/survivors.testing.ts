/**
 * For tests of what is left behind: objects are watched by weak references, so that it does not matter what keeps one,
 * nor whether JavaScript sees it.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

export class Survivors {
  private readonly watched: { name: string; target: WeakRef<object> }[] = [];

  watch<T extends object>(name: string, target: T): T {
    this.watched.push({ name, target: new WeakRef(target) });
    return target;
  }

  /** Watches every device that is requested through the result, and its buffers and pipelines. */
  watchGpu(gpu: GPU): GPU {
    const requestAdapter: GPU['requestAdapter'] = async (options) => {
      const adapter = await gpu.requestAdapter(options);
      if (adapter) this.watchDevices(adapter);
      return adapter;
    };
    return { requestAdapter } as GPU;
  }

  /**
   * Names of what is still there after a collection of garbage, each once. Poll: what native code holds goes a little
   * later.
   */
  names(): string[] {
    collectGarbage();
    return [...new Set(this.watched.flatMap(({ name, target }) => (target.deref() ? [name] : [])))];
  }

  private watchDevices(adapter: GPUAdapter): void {
    const request = adapter.requestDevice.bind(adapter);
    adapter.requestDevice = async (descriptor) => {
      const device = this.watch('device', await request(descriptor));
      const { createBuffer, createComputePipeline, createComputePipelineAsync } = device;
      device.createBuffer = (of) => this.watch('buffer', createBuffer.call(device, of));
      device.createComputePipeline = (of) => this.watch('pipeline', createComputePipeline.call(device, of));
      device.createComputePipelineAsync = async (of) =>
        this.watch('pipeline', await createComputePipelineAsync.call(device, of));
      return device;
    };
  }
}
