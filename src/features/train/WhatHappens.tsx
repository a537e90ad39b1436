/**
 * What goes on at the moment, for somebody who has never seen such a run: one phase, one short paragraph, and what can
 * be done meanwhile. Can be folded away, and stays so.
 */
import { twoClips } from '../../session/clip/twoClips';
import type { PhaseId, SessionState } from '../../session/protocol/events';
import { usePreferences } from '../../state/preferencesContext';
import { estimateTime } from '../../state/speed';
import { useStudioState } from '../../state/studioContext';
import { Disclosure } from '../../ui/Disclosure';
import { formatDuration } from '../../ui/format';
import { useEndedEarly } from './useEndedEarly';

const phaseTexts: Record<PhaseId, string> = {
  clip: 'CLIP is opened: a network that has learnt from pictures and their captions how well a picture fits words.',
  features:
    'CLIP looks at each of your pictures once and writes down what it sees, as a row of numbers. Pictures that look alike get rows that are alike.',
  labels:
    'Pictures without a label get one, where your own labels and CLIP make it likely enough. Your labels are never changed.',
  partition:
    'Each class is divided into clusters: groups of pictures that look alike to CLIP, such as sitting dogs and running dogs.',
  prompts:
    'For each cluster a prompt is learnt: a description in made-up words, changed until it fits the pictures of its cluster better than any others. It will tell the generator what to draw.',
  compile: 'The networks are laid out on the GPU. This is done once.',
  train:
    'Two networks play against each other: the generator draws pictures for each cluster, the discriminator learns to tell them from yours. CLIP soon joins as a second critic: does a picture fit the prompt of its cluster? Samples begin as noise; colours, shapes and details follow. How far it is, is counted in kimg: thousands of pictures that the networks were shown.',
};

const endTexts: Partial<Record<SessionState, string>> = {
  finished:
    'The generator has learnt what it could in this time. Draw as much as you like in the playground, or begin a longer run with these networks: Runs lists them.',
  stopped: 'Training has been stopped. What the generator has learnt is there: draw from it in the playground.',
};

const stoppedEarly =
  'The run was stopped before training began, so the generator has learnt nothing yet. New run begins again with the same pictures.';

const meanwhile: Partial<Record<SessionState, string>> = {
  preparing: 'You can label pictures meanwhile.',
  training: 'It goes on in the background. Label more pictures, name clusters or export meanwhile.',
  paused: 'It rests, and nothing is lost.',
};

/** Which CLIP does what, where there are two. */
function useTwoClips(): string {
  const critic = useStudioState((state) => state.run.critic);
  const eyes = useStudioState(({ clip, clipModels }) =>
    clipModels.find(({ id }) => clip.kind === 'manifest' && id === clip.id),
  );
  return critic && eyes ? ` ${twoClips(eyes.name, critic.name)}` : '';
}

/** How long what comes after the preparation takes, as far as that is known. */
function useWait(): string {
  const config = useStudioState((state) => state.config);
  const speed = useStudioState((state) => state.speed);
  const preparing = useStudioState((state) => state.run.latest === null);
  if (!preparing) return '';
  const estimate = estimateTime(config, speed);
  return estimate
    ? ` Training itself then takes about ${formatDuration(estimate.whole)} here.`
    : ' How long training takes is said above as soon as it has begun.';
}

export function WhatHappens() {
  const session = useStudioState((state) => state.session);
  const phase = useStudioState((state) => state.run.phase);
  const { preferences, change } = usePreferences();
  const wait = useWait();
  const two = useTwoClips();
  const endedEarly = useEndedEarly();
  const text = (endedEarly ? stoppedEarly : endTexts[session]) ?? (phase && phaseTexts[phase]);
  if (!text || session === 'failed') return null;
  return (
    <Disclosure
      summary="What is happening"
      open={preferences.explained}
      onToggle={(explained) => {
        if (explained !== preferences.explained) change({ explained });
      }}
      className="card px-4 py-2 sm:px-6"
    >
      <p className="-ms-6 -mt-2 max-w-[100ch] pb-2 text-sm text-muted" data-testid="what-happens">
        {text}
        {(phase === 'clip' || phase === 'train') && !endTexts[session] && two} {meanwhile[session]}
        {session === 'preparing' && wait}
      </p>
    </Disclosure>
  );
}
