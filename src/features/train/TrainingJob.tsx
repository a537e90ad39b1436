/**
 * The run as a folder for PyTorch: for whoever has a larger machine than this one. What is in it, how large it will be,
 * and how it is used.
 */
import { Server } from 'lucide-react';
import { formatBytes } from '../../shared/bytes';
import { jobBytes } from '../../state/jobSize';
import { hasNetworks } from '../../state/studioState';
import { useStudio, useStudioState } from '../../state/studioContext';
import { Button } from '../../ui/Button';
import { Card } from '../../ui/Card';
import { Message } from '../../ui/Message';
import { ProgressBar } from '../../ui/ProgressBar';

const uses = [
  ['python3 train.py', 'one GPU, or a processor'],
  ['torchrun --nproc_per_node 8 train.py', 'eight GPUs of one machine'],
  ['sbatch job.sbatch', 'a Slurm cluster'],
] as const;

function Uses() {
  return (
    <dl className="grid gap-x-4 gap-y-2 text-sm sm:grid-cols-[auto_minmax(0,1fr)]">
      {uses.map(([typed, where]) => (
        <div key={typed} className="contents">
          <dt>
            <code className="rounded-control bg-sunken px-2 py-1 font-mono text-xs">{typed}</code>
          </dt>
          <dd className="text-muted max-sm:mb-2">{where}</dd>
        </div>
      ))}
    </dl>
  );
}

function Saving() {
  const saving = useStudioState((state) => state.run.savingJob);
  if (!saving) return null;
  const { done, total } = saving;
  return total > 0 ? (
    <ProgressBar
      label="Packing the zip"
      done={done}
      total={total}
      value={`${formatBytes(done)} of ${formatBytes(total)}`}
    />
  ) : (
    <ProgressBar label="Reading the networks" done={0} total={0} value="working" />
  );
}

export function TrainingJob() {
  const studio = useStudio();
  const ready = useStudioState(hasNetworks);
  const bytes = useStudioState(jobBytes);
  const saving = useStudioState((state) => state.run.savingJob !== null);
  const problem = useStudioState((state) => state.run.jobProblem);
  if (!ready) return null;
  return (
    <Card
      title="Train on elsewhere"
      note="A larger machine goes on with this very run, with PyTorch. Its result opens here again."
      tools={
        <Button icon={Server} pending={saving} onPress={() => void studio.job.save()}>
          Save training job
        </Button>
      }
    >
      <div className="grid gap-4">
        <p className="text-sm">
          One zip of {formatBytes(bytes)} at most: the networks as they stand, labels, clusters and prompts, your
          pictures, CLIP’s eyes, and the program. Unpack it there, and type in its folder:
        </p>
        <Uses />
        <Saving />
        {problem && <Message tone="error" text={problem.what} why={problem.why} action={problem.action} />}
      </div>
    </Card>
  );
}
