/** Which base model, how large and how long: the presets of all base models, with what they cost. */
import type { PresetText } from '../../lcp/bases/baseFacts';
import { allBaseFacts } from '../../lcp/bases/facts';
import { presets, totalIterations, type PresetId } from '../../shared/config';
import { formatBytes } from '../../shared/bytes';
import { editField } from '../../state/configFields';
import { modelSize, proposedAugment } from '../../state/modelSize';
import { useStudio, useStudioState } from '../../state/studioContext';
import { Button } from '../../ui/Button';
import { formatCount, formatKimg, formatShort } from '../../ui/format';
import { Message } from '../../ui/Message';
import { RadioCards } from '../../ui/RadioCards';

const bases = Object.values(allBaseFacts);

/** Every preset with its texts; where there are several base models, with its base's name. */
const offered = bases.flatMap(({ title: base, presets: texts }) =>
  (Object.entries(texts) as [PresetId, PresetText][]).map(([id, { title, text }]) => ({
    id,
    title: bases.length > 1 ? `${base}: ${title}` : title,
    text,
  })),
);

/** What the preset for machines without a GPU is called here. */
const smallest = offered.find(({ id }) => id === 'tiny')?.title ?? '';

function Facts() {
  const config = useStudioState((state) => state.config);
  const reading = useStudioState((state) => state.source?.reading);
  const size = modelSize(config, reading?.classes.length ?? 1, reading?.items.length ?? 0);
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
  const images = useStudioState((state) => state.source?.reading.items.length ?? 0);
  const proposed = proposedAugment(images);
  if (preset !== 'standard' || images === 0 || mode === 'none' || mode === proposed) return null;
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

export function PresetPicker() {
  const studio = useStudio();
  const preset = useStudioState((state) => state.preset);
  const custom = useStudioState((state) => state.config.preset === 'custom');
  const software = useStudioState((state) => state.adapter?.isFallback === true);
  const options = offered.map(({ id, title, text }) => ({
    value: id,
    title,
    aside: `${formatKimg(presets[id].kimg)}${custom && id === preset ? ' · changed' : ''}`,
    text,
  }));
  const choose = (value: string) => {
    const chosen = offered.find(({ id }) => id === value);
    if (chosen) studio.setup.choosePreset(chosen.id);
  };
  return (
    <div className="grid gap-3">
      <RadioCards label="Preset" options={options} value={preset} onChange={choose} />
      <Facts />
      <AugmentProposal />
      {software && (
        <Message
          tone="warning"
          text="This will be slow: there is no GPU to train on."
          why="The browser offers a software adapter only, which computes on the processor."
          action={
            preset === 'tiny'
              ? 'A quick look takes some minutes to hours. A machine with a GPU is a hundred times faster.'
              : `Choose “${smallest}”, or open the studio on a machine with a GPU.`
          }
        />
      )}
    </div>
  );
}
