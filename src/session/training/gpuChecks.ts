/**
 * Before training is captured on a GPU: what was measured on this adapter at an earlier visit is taken over, the
 * self-test runs, and what it found is told. Once an engine. Choices of kernels stay the same for all engines of a
 * session: a run that goes on after its GPU was lost continues to the bit.
 */
import { adoptProductChoices, Autotuner, productChoices } from '../../gpu/autotune/autotuner';
import type { TuningStore } from '../../gpu/autotune/tuningStore';
import type { Engine } from '../../gpu/engine';
import { selfTest, type SelfTestFinding } from '../../gpu/selfTest/selfTest';
import type { BlobStore } from '../../data/blobStore';
import type { EventPort, StorePort } from '../ports';

const folder = 'gpu-tuning';

function tuningStore(store: BlobStore): TuningStore {
  return {
    async load(key) {
      const bytes = await store.get(`${folder}/${key}.json`);
      return bytes && new TextDecoder().decode(bytes);
    },
    save: (key, text) => store.put(`${folder}/${key}.json`, new TextEncoder().encode(text)),
  };
}

/** One sentence for all variants of a kernel that were wrong. */
function tell(findings: readonly SelfTestFinding[], ports: EventPort): void {
  for (const kernel of new Set(findings.map((finding) => finding.kernel))) {
    const variants = findings.filter((finding) => finding.kernel === kernel).map(({ variant }) => variant);
    ports.emit({
      type: 'notice',
      tone: 'warning',
      code: 'gpu-kernel-fallback',
      text: `This GPU’s driver computes ${kernel} wrongly in the form that is usually fastest (${variants.join(', ')}). The studio found out with a test of its own and uses another form, which is right.`,
      action: 'Training is correct, but may be slower. A newer graphics driver may bring the speed back.',
    });
  }
}

const ready = new WeakMap<Engine, Promise<void>>();
const chosen = new WeakMap<EventPort & StorePort, Record<string, string>>();

async function check(engine: Engine, ports: EventPort & StorePort): Promise<void> {
  adoptProductChoices(chosen.get(ports) ?? {});
  await Autotuner.open(engine.context, { store: tuningStore(ports.store) });
  const { findings } = await selfTest(engine);
  tell(findings, ports);
}

/** Makes sure of the engine's kernels. @throws StudioError gpu-untrusted, device-lost */
export function checkGpu(engine: Engine, ports: EventPort & StorePort): Promise<void> {
  let checked = ready.get(engine);
  if (!checked) {
    checked = check(engine, ports);
    checked.catch(() => ready.delete(engine));
    ready.set(engine, checked);
  }
  return checked;
}

/** To be called once the steps of a run are prepared: later engines of this session choose the same. */
export function keepProductChoices(ports: EventPort & StorePort): void {
  chosen.set(ports, productChoices());
}
