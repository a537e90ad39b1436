/**
 * The second rival of `kernels`: jax-js, compiled (`jit`), on a device of its own on the same adapter and in the
 * layouts it likes best (NCHW). Gradients are those of the sum of products with dy, of which compilation leaves the
 * gradient alone.
 */
import type * as Jax from '@jax-js/jax';

type JaxModule = typeof Jax;
type Arrays = Jax.Array[];

/** To be called once Dawn is `navigator.gpu`. @returns null where jax-js does not start on this adapter */
export async function openJax(): Promise<JaxModule | null> {
  try {
    if (!navigator.userAgent) Object.defineProperty(navigator, 'userAgent', { value: 'node', configurable: true });
    const jax = await import('@jax-js/jax');
    await jax.init('webgpu');
    jax.defaultDevice('webgpu');
    return jax;
  } catch (error) {
    console.log(`jax-js does not start here: ${String(error)}`);
    return null;
  }
}

const picture = ([b = 0, h = 0, w = 0, c = 0]: readonly number[]): number[] => [b, c, h, w];
const filter = ([h = 0, w = 0, i = 0, o = 0]: readonly number[]): number[] => [o, i, h, w];

interface Work {
  shapes: (shapes: readonly number[][]) => number[][];
  body: (jax: JaxModule, shapes: readonly number[][]) => (...inputs: Arrays) => Jax.Array | Arrays;
}

const works: Record<string, Work> = {
  'conv.fwd': {
    shapes: ([x = [], w = []]) => [picture(x), filter(w)],
    body:
      ({ lax }) =>
      (x, w) =>
        lax.conv(x as Jax.Array, w as Jax.Array, [1, 1], 'SAME'),
  },
  'conv.dx': {
    shapes: ([dy = [], w = []]) => [picture(dy), filter(w)],
    body:
      ({ lax, numpy, grad }) =>
      (dy, w) =>
        grad((x: Jax.Array) => numpy.sum(lax.conv(x, (w as Jax.Array).ref, [1, 1], 'SAME').mul((dy as Jax.Array).ref)))(
          (dy as Jax.Array).ref,
        ),
  },
  'conv.dw': {
    shapes: ([x = [], dy = []]) => [picture(x), picture(dy)],
    body:
      ({ lax, numpy, grad }, [x = []]) =>
      (given, dy) => {
        const channels = x[1] ?? 0;
        return grad((w: Jax.Array) =>
          numpy.sum(lax.conv((given as Jax.Array).ref, w, [1, 1], 'SAME').mul((dy as Jax.Array).ref)),
        )(numpy.zeros([channels, channels, 3, 3]));
      },
  },
  matmul: {
    shapes: (shapes) => [...shapes],
    body:
      ({ numpy }) =>
      (a, b) =>
        numpy.matmul(a as Jax.Array, b as Jax.Array),
  },
  attention: {
    shapes: (shapes) => [...shapes],
    body: ({ nn, numpy, grad }, [shape = []]) => {
      const scale = 1 / Math.sqrt(shape.at(-1) ?? 1);
      const total = (q: Jax.Array, k: Jax.Array, v: Jax.Array): Jax.Array => {
        const logits = numpy.matmul(q, numpy.swapaxes(k, 2, 3)).mul(scale);
        return numpy.sum(numpy.matmul(nn.softmax(logits, -1), v));
      };
      return (...inputs) =>
        grad(total, { argnums: [0, 1, 2] })(...(inputs as [Jax.Array, Jax.Array, Jax.Array])) as unknown as Arrays;
    },
  },
};

/** @returns one run of a contest, to the end */
export function jaxContest(
  jax: JaxModule,
  name: string,
  shapes: readonly number[][],
): ((repeats: number) => Promise<void>) | null {
  const work = works[name];
  if (!work) return null;
  const own = work.shapes(shapes);
  const inputs = own.map((shape, i) => jax.random.normal(jax.random.key(i), shape));
  const compiled = jax.jit(work.body(jax, own) as never) as unknown as (...inputs: Arrays) => Jax.Array | Arrays;
  return async (repeats) => {
    for (let i = 0; i < repeats; i++) {
      const result = await jax.blockUntilReady(compiled(...inputs.map((input) => input.ref)));
      jax.tree.dispose(result);
    }
  };
}
