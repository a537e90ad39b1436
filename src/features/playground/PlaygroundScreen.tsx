/** Pictures on demand, of the run that is there or of a checkpoint that was dropped: chosen, moved, walked, saved. */
import { Download, Dices, Film, GitFork, Compass, X } from 'lucide-react';
import { useEffect, useId, useState, type ReactNode } from 'react';
import { baseFacts } from '../../lcp/bases/facts';
import { conditioningWeight } from '../../lcp/training/schedule';
import type { GeneratorFacts } from '../../session/playground/drawn';
import type { FilmKind } from '../../state/film';
import type { Choice } from '../../state/latents';
import type { Wish } from '../../state/playground';
import { text } from '../../shared/text';
import { useStudio, useStudioState } from '../../state/studioContext';
import { hasNetworks, isRunning } from '../../state/studioState';
import { formatKimg } from '../../shared/kimg';
import { Button } from '../../ui/Button';
import { Card } from '../../ui/Card';
import { FilmChoice } from '../../ui/FilmChoice';
import { formatShare, plural } from '../../ui/format';
import { Message } from '../../ui/Message';
import { NumberInput } from '../../ui/NumberInput';
import { Slider } from '../../ui/Slider';
import { Switch } from '../../ui/Switch';
import { ConditionSelect } from './ConditionSelect';
import { StyleMix } from './StyleMix';
import { Tiles } from './Tiles';

const first: Choice = { kind: 'class', classIndex: 0 };
const begin: Wish = {
  count: 12,
  seed: 1,
  from: first,
  to: first,
  share: 0,
  truncation: null,
  psi: 1,
  amounts: [],
  nearest: false,
  mixing: null,
};
/** How far a direction goes either way: beyond, latents are rarer than any that were trained on. */
const reach = 4;
const most = 500;

/** Where styles can be mixed; null for a generator without any. */
const cutsOf = ({ config }: GeneratorFacts) => baseFacts(config).styleCuts(config);

interface Props {
  facts: GeneratorFacts;
  wish: Wish;
  change: (changes: Partial<Wish>) => void;
}

/** Whether both choices are the same, so that there is nothing to mix. */
const isUnmixed = ({ from, to }: Wish): boolean => JSON.stringify(from) === JSON.stringify(to);

function Mix({ facts, wish, change }: Props) {
  const same = isUnmixed(wish);
  const { config, kimg } = facts;
  return (
    <div className="grid gap-3">
      {conditioningWeight(config, kimg) === 0 && (
        <p className="text-xs text-muted">
          {`Classes and clusters make no difference yet: they count from ${formatShare(config.conditioning.rampStart)} of the run on.`}
        </p>
      )}
      <ConditionSelect
        label="Show"
        facts={facts}
        value={wish.from}
        onChange={(from) => change(same ? { from, to: from } : { from })}
      />
      <ConditionSelect
        label="Mixed with"
        facts={facts}
        value={wish.to}
        onChange={(to) => change({ to, share: wish.share || 0.5 })}
      />
      {!same && (
        <Slider
          label="Share of the second"
          value={wish.share}
          min={0}
          max={1}
          step={0.05}
          shown={`${Math.round(100 * wish.share)}%`}
          onChange={(share) => change({ share })}
        />
      )}
    </div>
  );
}

function Truncation({ facts, wish, change }: Props) {
  // Where latents are normalised first, their size means nothing: styles are truncated in their place.
  if (cutsOf(facts))
    return (
      <Slider
        label="Truncation"
        help="Further left: typical pictures of the condition. Further right: more variety."
        value={wish.psi}
        min={0}
        max={1}
        step={0.05}
        shown={wish.psi === 1 ? text('off') : wish.psi.toFixed(2)}
        onChange={(psi) => change({ psi })}
      />
    );
  return (
    <Slider
      label="Truncation"
      help="Further left: typical pictures of better quality. Further right: more variety."
      value={wish.truncation ?? 2.5}
      min={0.2}
      max={2.5}
      step={0.1}
      shown={wish.truncation === null ? text('off') : wish.truncation.toFixed(1)}
      onChange={(value) => change({ truncation: value >= 2.5 ? null : value })}
    />
  );
}

function DirectionSliders({ wish, change }: Props) {
  const { playground } = useStudio();
  const directions = useStudioState((state) => state.playground.directions);
  const busy = useStudioState((state) => state.playground.busy !== null);
  const set = (k: number, amount: number) => {
    const amounts = Array.from({ length: directions?.count ?? 0 }, (_, i) => wish.amounts[i] ?? 0);
    amounts[k] = amount;
    change({ amounts });
  };
  return (
    <section aria-label="Directions" className="grid gap-2 border-t border-line pt-3">
      <h3 className="text-sm font-semibold">Directions</h3>
      <p className="text-xs text-muted">
        What this generator changes most when its random start is moved, found on the generator itself. What a direction
        means, you see by moving it.
      </p>
      {directions &&
        Array.from({ length: directions.count }, (_, k) => (
          <Slider
            key={k}
            label={`Direction ${k + 1}`}
            value={wish.amounts[k] ?? 0}
            min={-reach}
            max={reach}
            step={0.25}
            shown={(wish.amounts[k] ?? 0).toFixed(2)}
            onChange={(amount) => set(k, amount)}
          />
        ))}
      <Button
        size="small"
        icon={Compass}
        className="self-start"
        disabled={busy}
        onPress={() => void playground.findDirections(wish)}
      >
        {directions ? 'Find them for this class' : 'Find directions'}
      </Button>
    </section>
  );
}

function Save({ facts, wish }: Props) {
  const { playground } = useStudio();
  const busy = useStudioState((state) => state.playground.busy !== null);
  const [perClass, setPerClass] = useState(50);
  const [kind, setKind] = useState<FilmKind>('mp4');
  const unmixed = isUnmixed(wish);
  return (
    <section aria-label="Save" className="grid gap-3 border-t border-line pt-3">
      <NumberInput
        label="Pictures a class"
        value={perClass}
        onCommit={(typed) => {
          const value = Number(typed);
          if (!Number.isInteger(value) || value < 1 || value > most) return `A whole number from 1 to ${most}.`;
          setPerClass(value);
          return null;
        }}
      />
      <Button
        size="small"
        icon={Download}
        disabled={busy}
        className="self-start"
        onPress={() => void playground.saveDataset(wish, perClass)}
      >
        Save as a labeled folder
      </Button>
      <p className="text-xs text-muted">
        {`A zip with a folder for each of the ${plural(facts.classes.length, 'class', 'classes')}. It opens here as a data set, too.`}
      </p>
      <div className="flex flex-wrap items-center gap-2">
        <Button size="small" icon={Film} disabled={busy} onPress={() => void playground.recordWalk(wish, kind)}>
          Record a walk
        </Button>
        {!unmixed && (
          <Button size="small" icon={Film} disabled={busy} onPress={() => void playground.recordWalk(wish, kind, true)}>
            Record the change
          </Button>
        )}
        <FilmChoice value={kind} onChange={setKind} />
      </div>
      <p className="text-xs text-muted">
        A walk is a film of four samples that change from one random start into the next, and back to the first: a loop.
        {!unmixed && ' The change goes from the first choice to the second and back, with the start kept.'}
      </p>
    </section>
  );
}

/** Other random starts, in a grid on both sides. */
const renewed = ({ seed, mixing }: Wish): Partial<Wish> => ({
  seed: seed + 1,
  mixing: mixing && { ...mixing, seed: mixing.seed + 1 },
});

function Playing({ facts }: { facts: GeneratorFacts }) {
  const { playground, library } = useStudio();
  const { of, busy, cancellable, file } = useStudioState((state) => state.playground);
  const running = useStudioState((state) => isRunning(state.session));
  const [wish, setWish] = useState(begin);
  const change = (changes: Partial<Wish>) => {
    const next = { ...wish, ...changes };
    setWish(next);
    void playground.draw(next);
  };
  useEffect(() => void playground.draw(begin), [playground]);
  const cuts = cutsOf(facts);
  const props = { facts, wish, change };
  return (
    <div className="grid items-start gap-6 lg:grid-cols-[minmax(0,1fr)_22rem]">
      <Card
        title="Samples"
        // In view while the sliders beside it are moved.
        className="lg:sticky lg:top-4"
        note={`${of === 'run' ? 'Of the run as it stands' : `Of ${file?.name ?? 'a checkpoint'}`}: ${plural(facts.classes.length, 'class', 'classes')}, ${facts.resolution} px, ${formatKimg(facts.kimg)}`}
        tools={
          <Button icon={Dices} variant="primary" size="small" onPress={() => change(renewed(wish))}>
            New samples
          </Button>
        }
      >
        <div className="mb-2 flex min-h-8 items-center gap-3">
          <output className="text-xs text-muted">{busy ? `${busy} …` : ''}</output>
          {cancellable && (
            <Button size="small" icon={X} onPress={() => playground.cancel()}>
              Cancel
            </Button>
          )}
        </div>
        <Tiles nearest={wish.nearest} />
      </Card>
      <Card title="What to draw">
        <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
          <Mix {...props} />
          <Truncation {...props} />
          {cuts && <StyleMix {...props} cuts={cuts} />}
          {facts.hasReals && !wish.mixing && (
            <Switch
              label="Nearest real picture"
              help="Under each sample the picture of yours that CLIP finds most alike: is it new, or a copy?"
              isSelected={wish.nearest}
              onChange={(nearest) => change({ nearest })}
            />
          )}
          <DirectionSliders {...props} />
          <Save {...props} />
          {of === 'checkpoint' && (
            <Button
              size="small"
              icon={GitFork}
              className="self-start sm:whitespace-normal!"
              disabled={running}
              onPress={() => library.forkCheckpoint()}
            >
              Start a run from these networks
            </Button>
          )}
        </div>
      </Card>
    </div>
  );
}

/** @param back the way to where one came from */
export function PlaygroundScreen({ back }: { back: ReactNode }) {
  const { playground } = useStudio();
  const heading = useId();
  const { of, facts, busy, problem } = useStudioState((state) => state.playground);
  const networks = useStudioState(hasNetworks);
  useEffect(() => {
    if (networks && of === 'run') void playground.openRun();
  }, [playground, networks, of]);
  return (
    <section aria-labelledby={heading} className="mx-auto grid w-full max-w-[100rem] gap-6 px-4 py-6 sm:px-6 lg:py-8">
      <div className="flex flex-wrap items-center gap-3">
        {back}
        <h1 id={heading} className="text-xl font-semibold tracking-tight">
          Playground
        </h1>
      </div>
      {problem && <Message tone="error" text={problem.what} why={problem.why} action={problem.action} />}
      {facts ? (
        <Playing key={`${facts.kimg} ${facts.classes.join()}`} facts={facts} />
      ) : (
        <p className="grid min-h-40 place-items-center rounded-control bg-sunken px-4 text-center text-sm text-muted">
          {busy
            ? `${busy} …`
            : 'There is no generator yet. Start a run, or drop an export of the studio here: the zip, or its checkpoint.safetensors. No pictures are needed.'}
        </p>
      )}
    </section>
  );
}
