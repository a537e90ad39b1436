/** How large and how long: three presets with what they cost. */
import { presets, totalIterations, type PresetId } from '../../shared/config';
import { formatBytes } from '../../shared/bytes';
import { editField } from '../../state/configFields';
import { modelSize, proposedAugment } from '../../state/modelSize';
import { useStudio, useStudioState } from '../../state/studioContext';
import { Button } from '../../ui/Button';
import { formatCount, formatKimg, formatShort } from '../../ui/format';
import { Message } from '../../ui/Message';
import { RadioCards } from '../../ui/RadioCards';

const order: readonly PresetId[] = ['tiny', 'standard', 'cifar'];
const names: Record<PresetId, { title: string; text: string }> = {
  tiny: { title: 'Quick look', text: 'Small networks and a short run: shows every part at work, not what it can do.' },
  standard: { title: 'Standard', text: 'A good start on a GPU, for a few hundred to several thousand pictures.' },
  cifar: {
    title: 'Long',
    text: 'BigGAN’s public CIFAR configuration: the best quality, for a strong GPU and a long evening.',
  },
};

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
  const options = order.map((id) => ({
    value: id,
    title: names[id].title,
    aside: `${formatKimg(presets[id].kimg)}${custom && id === preset ? ' · changed' : ''}`,
    text: names[id].text,
  }));
  const choose = (value: string) => {
    const id = order.find((each) => each === value);
    if (id) studio.setup.choosePreset(id);
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
              : 'Choose “Quick look”, or open the studio on a machine with a GPU.'
          }
        />
      )}
    </div>
  );
}
