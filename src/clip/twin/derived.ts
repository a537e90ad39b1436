/**
 * Constants computed from weights (scaled, joined, transposed). Each is computed once per model, whatever the number of
 * batch sizes the twin is built for, so that its copy on the GPU is made once too.
 */
import type { HostTensor } from '../../formats/onnx';

export class DerivedConstants {
  readonly #ids = new WeakMap<HostTensor, number>();
  readonly #known = new Map<string, HostTensor>();
  #next = 0;

  /** `make()`, or what it returned before for the same `name` and `sources`. */
  derive(name: string, sources: readonly HostTensor[], make: () => HostTensor): HostTensor {
    const key = `${name}|${sources.map((source) => this.#idOf(source)).join(',')}`;
    let known = this.#known.get(key);
    if (!known) {
      known = make();
      this.#known.set(key, known);
    }
    return known;
  }

  #idOf(tensor: HostTensor): number {
    let id = this.#ids.get(tensor);
    if (id === undefined) {
      id = this.#next++;
      this.#ids.set(tensor, id);
    }
    return id;
  }
}
