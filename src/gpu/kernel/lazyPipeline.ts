/**
 * A compute pipeline that is compiled when it is needed. Eager work compiles on the spot; a step that is being captured
 * only notes what it will need, and all of it is compiled together afterwards, in the background and in parallel:
 * compiling on the spot would block the browser's GPU process, and with it the page.
 */
export class LazyPipeline {
  private made: GPUComputePipeline | null = null;
  private making: Promise<GPUComputePipeline> | null = null;

  constructor(private readonly descriptor: GPUComputePipelineDescriptor) {}

  /** The pipeline, compiled now if it has not been. */
  now(device: GPUDevice): GPUComputePipeline {
    return (this.made ??= device.createComputePipeline(this.descriptor));
  }

  /**
   * Compiles in the background. Never rejects: what does not compile is reported by `now`, like any refused command.
   */
  async ready(device: GPUDevice): Promise<void> {
    if (this.made) return;
    this.making ??= device.createComputePipelineAsync(this.descriptor);
    try {
      const pipeline = await this.making;
      this.made ??= pipeline;
    } catch {
      this.making = null;
    }
  }
}

/** A device that answers for another, except that its pipelines wait. For the stock compiler. */
export function lazyDevice(device: GPUDevice): GPUDevice {
  return new Proxy(device, {
    get(target, name) {
      if (name === 'createComputePipeline')
        return (descriptor: GPUComputePipelineDescriptor) => new LazyPipeline(descriptor);
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

const layouts = new WeakMap<GPUComputePipeline, GPUBindGroupLayout>();

/** The layout that a pipeline derived from its code, asked for once. */
export function derivedLayout(pipeline: GPUComputePipeline): GPUBindGroupLayout {
  let layout = layouts.get(pipeline);
  if (!layout) {
    layout = pipeline.getBindGroupLayout(0);
    layouts.set(pipeline, layout);
  }
  return layout;
}
