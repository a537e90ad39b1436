/** The card about what went wrong, with the ways on that fit the moment. */
import { diagnosticsText } from '../state/diagnostics';
import { useStudio, useStudioState } from '../state/studioContext';
import { Button } from '../ui/Button';
import { ErrorCard } from '../ui/ErrorCard';

export function Problem() {
  const studio = useStudio();
  const problem = useStudioState((state) => state.problem);
  const failed = useStudioState((state) => state.session === 'failed');
  const stage = useStudioState((state) => state.stage);
  if (!problem) return null;
  return (
    <ErrorCard error={problem} diagnostics={diagnosticsText(studio.state, problem, navigator.userAgent)}>
      {failed && stage !== 'welcome' ? (
        <Button onPress={() => void studio.data.retry()}>Try again with the same pictures</Button>
      ) : (
        <Button onPress={() => studio.dismissProblem()}>Dismiss</Button>
      )}
    </ErrorCard>
  );
}

/** The whole page where this browser cannot train at all. */
export function Blocked() {
  const studio = useStudio();
  const blocked = useStudioState((state) => state.blocked);
  if (!blocked) return null;
  return (
    <div className="mx-auto w-full max-w-2xl px-4 py-12 sm:py-20">
      <ErrorCard level={1} error={blocked} diagnostics={diagnosticsText(studio.state, blocked, navigator.userAgent)}>
        <Button variant="primary" onPress={() => window.location.reload()}>
          Check again
        </Button>
      </ErrorCard>
      <p className="mt-6 text-sm text-muted">
        The studio trains on your own GPU through WebGPU. It works in Chrome and Edge from version 113, Safari from 26
        and Firefox from 141 (Windows), 145 (Apple silicon) or 153 (Linux, with WebGPU switched on in about:config), on
        a machine whose graphics driver is up to date.
      </p>
    </div>
  );
}
