/** Which base model, how large and how long: the presets of all base models, with what they cost. */
import type { PresetText } from '../../lcp/bases/baseFacts';
import { allBaseFacts } from '../../lcp/bases/facts';
import { presets, totalIterations, type Base, type PresetId } from '../../shared/config';
import { formatBytes } from '../../shared/bytes';
import { editField } from '../../state/configFields';
import { laptopSeconds, modelSize, proposedAugment } from '../../state/modelSize';
import { estimateTime, proposedPreset } from '../../state/speed';
import { useStudio, useStudioState } from '../../state/studioContext';
import { formatKimg } from '../../shared/kimg';
import { Button } from '../../ui/Button';
import { formatCount, formatDuration, formatShort } from '../../ui/format';
import { Message } from '../../ui/Message';
import { RadioCards } from '../../ui/RadioCards';
import { Segmented } from '../../ui/Segmented';
import { LowerResolution } from './LowerResolution';
import { expectation, TimeHere, timeHere } from './TimeHere';
import { useClassesAndPictures } from './useClassesAndPictures';

const bases = (Object.keys(allBaseFacts) as Base[]).map((base) => ({ value: base, label: allBaseFacts[base].title }));

/** The presets of a base model with their texts. */
function presetsOf(base: Base): (PresetText & { id: PresetId })[] {
  const texts = Object.entries(allBaseFacts[base].presets) as [PresetId, PresetText][];
  return texts.map(([id, text]) => ({ id, ...text }));
}

function Facts() {
  const config = useStudioState((state) => state.config);
  const [classCount, imageCount] = useClassesAndPictures();
  const size = modelSize(config, classCount, imageCount);
  const facts: [string, string][] = [
    ['Resolution', `${config.resolution} × ${config.resolution}`],
    ['Batch', formatCount(config.batch)],
    ['Length', formatKimg(config.kimg)],
    ['Iterations', formatCount(totalIterations(config))],
    ['Parameters', formatShort(size.generatorParameters + size.discriminatorParameters)],
    ['GPU memory', `about ${formatBytes(size.bytes)} and CLIP`],
  ];
  return (
    <dl className="grid grid-cols-2 gap-x-4 gap-y-2 rounded-control bg-sunken p-3 text-sm xs:grid-cols-3">
      {facts.map(([term, value]) => (
        <div key={term}>
          <dt className="text-xs text-muted">{term}</dt>
          <dd className="numeric font-semibold">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** The augmentation that suits the size of the data set, where it is not the one chosen. */
function AugmentProposal() {
  const studio = useStudio();
  const preset = useStudioState((state) => state.preset);
  const mode = useStudioState((state) => state.config.augment.mode);
  const bySize = useStudioState((state) => allBaseFacts[state.config.base].augmentBySize);
  const images = useStudioState((state) => state.source?.reading.items.length ?? 0);
  const proposed = proposedAugment(images);
  if (preset !== bySize || images === 0 || mode === 'none' || mode === proposed) return null;
  const adopt = () => {
    const edited = editField(studio.state.config, preset, 'augment.mode', proposed);
    if (edited.ok) studio.setup.setConfig(edited.config);
  };
  const text =
    proposed === 'ada'
      ? 'From about 1,000 pictures on, adaptive augmentation suits better than a fixed one.'
      : 'Below about 1,000 pictures, fixed augmentation suits better than an adaptive one.';
  return (
    <div className="flex flex-wrap items-center gap-3 text-sm text-muted">
      <p>{text}</p>
      <Button size="small" onPress={adopt}>
        {proposed === 'ada' ? 'Use adaptive' : 'Use fixed'}
      </Button>
    </div>
  );
}

/** A warning where the processor has to train. */
function SoftwareWarning() {
  const preset = useStudioState((state) => state.preset);
  const base = useStudioState((state) => state.config.base);
  const { starts } = allBaseFacts[base];
  const smallest = presetsOf(base).find(({ id }) => id === starts.software);
  return (
    <Message
      tone="warning"
      text="This will be slow: there is no GPU to train on."
      why="The browser offers a software adapter only, which computes on the processor."
      action={
        preset === starts.software
          ? 'A quick look takes some minutes to hours. A machine with a GPU is a hundred times faster.'
          : `Choose “${smallest?.title ?? ''}”, or open the studio on a machine with a GPU.`
      }
    />
  );
}

export function PresetPicker() {
  const studio = useStudio();
  const preset = useStudioState((state) => state.preset);
  const base = useStudioState((state) => state.config.base);
  const custom = useStudioState((state) => state.config.preset === 'custom');
  const software = useStudioState((state) => state.adapter?.isFallback === true);
  const offered = presetsOf(base);
  const speed = useStudioState((state) => state.speed);
  const config = useStudioState((state) => state.config);
  const [classCount, imageCount] = useClassesAndPictures();
  // On the processor nothing suits; the warning below says so.
  const proposed = software
    ? null
    : proposedPreset(
        speed,
        offered.map(({ id }) => id),
      );
  const options = offered.map(({ id, title, text }) => {
    const estimate = estimateTime(presets[id], speed);
    const { bytes } = modelSize(presets[id], classCount, imageCount);
    const unmeasured = software ? 'time not known yet' : `about ${formatDuration(laptopSeconds(presets[id]))}`;
    const length = timeHere(estimate) ?? `${formatKimg(presets[id].kimg)}, ${unmeasured}`;
    const suits = id === proposed ? ' · suits this machine' : '';
    return {
      value: id,
      title,
      aside: `${length} · ${formatBytes(bytes)}${custom && id === preset ? ' · changed' : ''}${suits}`,
      text: [text, expectation(estimate)].filter(Boolean).join(' '),
    };
  });
  const choose = (value: string) => {
    const chosen = offered.find(({ id }) => id === value);
    if (chosen) studio.setup.choosePreset(chosen.id);
  };
  return (
    <div className="grid gap-3">
      <div className="grid justify-items-start gap-1.5">
        <Segmented
          label="Base model"
          options={bases}
          value={base}
          onChange={(chosen) => studio.setup.chooseBase(chosen)}
        />
        <p className="text-xs text-muted">The design of the networks. {allBaseFacts[base].text}</p>
      </div>
      <RadioCards label="Preset" options={options} value={preset} onChange={choose} />
      <p className="text-xs text-muted">
        1 kimg is a thousand pictures shown to the networks.
        {Object.keys(speed).length === 0 &&
          !software &&
          ' Times are rough: of a laptop’s GPU at 2 trillion operations a second, without CLIP. Large GPUs take a tenth.'}
      </p>
      <TimeHere config={config} speed={speed} />
      <LowerResolution />
      <Facts />
      <AugmentProposal />
      {software && <SoftwareWarning />}
    </div>
  );
}
