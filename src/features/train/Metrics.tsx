/**
 * How good the samples are, measured when asked for by a network that had no part in training: what to measure with,
 * progress, and the results over the run.
 */
import { Gauge, X } from 'lucide-react';
import { useEffect, useState } from 'react';
import { formatBytes } from '../../shared/bytes';
import type { EvaluationChoice } from '../../state/ports';
import type { Evaluation } from '../../session/evaluation/evaluation';
import type { RunState } from '../../state/runState';
import { hasNetworks } from '../../state/studioState';
import { useStudio, useStudioState } from '../../state/studioContext';
import { Button } from '../../ui/Button';
import { Card } from '../../ui/Card';
import { formatShare } from '../../ui/format';
import { Message } from '../../ui/Message';
import { ProgressBar } from '../../ui/ProgressBar';
import { Segmented } from '../../ui/Segmented';
import { judgesParts, onlyLooked } from '../../session/evaluation/standing';
import { eyesOf, judgesFor, type Judge } from './judges';
import { MetricsHistory } from './MetricsHistory';
import { MetricsResult } from './MetricsResult';

const counts = [
  { value: '250', label: '250' },
  { value: '1000', label: '1,000' },
  { value: '5000', label: '5,000' },
] as const;

/** `own`: the user's file; `clip`: the run's CLIP; else an id of the list. */
type Choice = string;

function Networks({
  judges,
  clip,
  value,
  onChange,
}: {
  judges: readonly Judge[];
  /** What the run's CLIP is called as a judge; null where it is among the judges. */
  clip: string | null;
  value: Choice;
  onChange: (value: Choice) => void;
}) {
  return (
    <label className="grid max-w-full min-w-0 grid-cols-[minmax(0,1fr)] gap-1 text-sm">
      <span className="font-semibold">Judge</span>
      <select
        value={value}
        onChange={(event) => onChange(event.target.value)}
        className="min-h-10 max-w-full rounded-control border border-line-strong bg-raised px-3"
      >
        {judges.map(({ network: { id, name, bytes } }) => (
          <option key={id} value={id}>
            {name} ({formatBytes(bytes)})
          </option>
        ))}
        <option value="own">A network of your own (ONNX file)</option>
        {clip !== null && <option value="clip">{clip}</option>}
      </select>
    </label>
  );
}

/** Said where no judge on this site is independent of the run: what it takes, and what can be done without. */
function Offer() {
  return (
    <Message
      tone="info"
      text="There is no independent judge of this run on this site yet."
      why="A judge is a network that had no part in training. ResNet-50 has 47 MB; whoever runs this site makes it once with “npm run evaluation-network”, which fetches 95 MB."
      action="Or choose an ONNX file of your own, such as DINOv2. The CLIP of this run can stand in, but it also trains the generator: its word is only a rough guide."
    />
  );
}

function Setup({ networks }: { networks: readonly EvaluationChoice[] }) {
  const studio = useStudio();
  const clip = useStudioState((state) => state.clip);
  const models = useStudioState((state) => state.clipModels);
  const critic = useStudioState((state) => state.run.critic);
  const parts = useStudioState(({ config: { clipHead } }) => clipHead.weight > 0 && clipHead.tokenHeads === 'eyes');
  const eyes = eyesOf(clip, critic, models, parts);
  const judges = judgesFor(networks, eyes);
  const own = critic
    ? 'The CLIP that looks at the pictures of this run'
    : 'The CLIP of this run: no fair judge, a rough guide';
  const isJudge = judges.some(({ network }) => network.hash === eyes?.clip.hash);
  const first = judges[0]?.network.id ?? 'clip';
  const [choice, setChoice] = useState<Choice>(first);
  const [samples, setSamples] = useState<(typeof counts)[number]['value']>('250');
  const [file, setFile] = useState<File | null>(null);
  const listed = judges.find(({ network }) => network.id === choice);
  const measure = () => {
    if (choice === 'own' && !file) return;
    const network =
      choice === 'own' && file
        ? { kind: 'file' as const, file }
        : choice === 'clip'
          ? { kind: 'clip' as const }
          : { kind: 'manifest' as const, id: choice };
    void studio.evaluating.evaluate(network, Number(samples));
  };
  return (
    <div className="grid min-w-0 gap-3">
      {judges.length === 0 && <Offer />}
      <div className="flex flex-wrap items-end gap-x-4 gap-y-3">
        <Networks judges={judges} clip={isJudge ? null : own} value={choice} onChange={setChoice} />
        <div className="grid gap-1 text-sm">
          <span className="font-semibold">Samples</span>
          <Segmented label="Number of samples" options={counts} value={samples} onChange={setSamples} />
        </div>
        <Button icon={Gauge} onPress={measure} disabled={choice === 'own' && !file}>
          Measure now
        </Button>
      </div>
      {choice === 'own' && (
        <label className="grid gap-1 text-sm">
          <span>ONNX file: DINOv2, or the Inception-v3 of the FID convention</span>
          <input
            type="file"
            accept=".onnx"
            onChange={(event) => setFile(event.target.files?.[0] ?? null)}
            className="text-sm"
          />
        </label>
      )}
      {listed && (
        <p className="text-xs text-muted">{[listed.network.note, listed.caution].filter(Boolean).join(' ')}</p>
      )}
      {choice === 'clip' && (
        <p className="text-xs text-muted">
          {critic
            ? parts
              ? judgesParts
              : onlyLooked
            : 'The same CLIP trains the generator, which learns to please it: its numbers look better than they are.'}
        </p>
      )}
    </div>
  );
}

function Progress({ label, done }: { label: string; done: number }) {
  const studio = useStudio();
  return (
    <div className="grid grid-cols-[minmax(0,1fr)_auto] items-end gap-4">
      <ProgressBar label={label} done={Math.round(1000 * done)} total={1000} value={formatShare(done)} />
      <Button size="small" icon={X} onPress={() => void studio.evaluating.cancel()}>
        Cancel
      </Button>
    </div>
  );
}

/** The last measurement, or the last one before a moment that is looked back at. @param kimg null for now */
export function evaluationAt(evaluations: readonly Evaluation[], kimg: number | null): Evaluation | undefined {
  return kimg === null ? evaluations.at(-1) : evaluations.findLast((each) => each.kimg !== null && each.kimg <= kimg);
}

/** How far training was at the moment that is looked back at; null where the newest is followed. */
function kimgAt({ moment, latest }: RunState): number | null {
  return moment === null || !latest ? null : (latest.kimg * moment) / Math.max(1, latest.iteration);
}

export function Metrics() {
  const studio = useStudio();
  const ready = useStudioState(hasNetworks);
  const networks = useStudioState((state) => state.evaluationNetworks);
  const measuring = useStudioState((state) => state.run.evaluating);
  const problem = useStudioState((state) => state.run.evaluationProblem);
  const evaluations = useStudioState((state) => state.run.evaluations);
  const lookedAt = useStudioState((state) => kimgAt(state.run));
  useEffect(() => {
    if (ready) void studio.evaluating.listNetworks();
  }, [studio, ready]);
  if (!ready) return null;
  const newest = evaluationAt(evaluations, lookedAt);
  return (
    <Card
      title="Quality"
      note="How close the samples come to your pictures, judged from outside the training. Training goes on meanwhile."
    >
      <div className="grid grid-cols-[minmax(0,1fr)] gap-6">
        {measuring ? <Progress {...measuring} /> : networks && <Setup networks={networks} />}
        {problem && <Message tone="error" text={problem.what} why={problem.why} action={problem.action} />}
        {newest && <MetricsResult key={newest.created} found={newest} />}
        <MetricsHistory evaluations={evaluations} />
      </div>
    </Card>
  );
}
