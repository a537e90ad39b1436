/**
 * Copies of constants on the GPU, one each, whatever the number of programs that use them. They are plain tensors
 * outside every tape scope and every captured step: kept until `dispose`, never trained, and no gradient is ever asked
 * for them.
 */
import type { HostTensor } from '../../formats/onnx';
import { outsideCapture } from '../../gpu/capture/outsideCapture';
import { keep, tensor, type Tensor } from '../../gpu/tensor';

export class GpuWeights {
  readonly #tensors = new Map<HostTensor, Tensor>();

  get(constant: HostTensor): Tensor {
    let known = this.#tensors.get(constant);
    if (!known) {
      const data = constant.data instanceof Float32Array ? constant.data : Float32Array.from(constant.data);
      known = outsideCapture(() => keep(tensor(data, [...constant.dims], 'float32')));
      this.#tensors.set(constant, known);
    }
    return known;
  }

  dispose(): void {
    for (const copy of this.#tensors.values()) copy.dispose();
    this.#tensors.clear();
  }
}
