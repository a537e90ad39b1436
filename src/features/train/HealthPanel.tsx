/** How the run is doing, in plain words: a row a check, with its state, the number behind it, and what to do. */
import { CircleCheck, CircleDashed, Eye, OctagonAlert, type LucideIcon } from 'lucide-react';
import { namesOf, toldTogether, type HealthState } from '../../lcp/health/health';
import { useStudioState } from '../../state/studioContext';
import { Card } from '../../ui/Card';
import { plural } from '../../ui/format';

const looks: Record<HealthState, { word: string; icon: LucideIcon; tone: string }> = {
  fine: { word: 'Fine', icon: CircleCheck, tone: 'text-accent' },
  watch: { word: 'Watch', icon: Eye, tone: 'text-warn' },
  act: { word: 'Act', icon: OctagonAlert, tone: 'text-bad' },
  unknown: { word: 'Not judged', icon: CircleDashed, tone: 'text-muted' },
};

/** One line about all checks together. */
export function healthSummary(states: readonly HealthState[]): string {
  const count = (wanted: HealthState) => states.filter((state) => state === wanted).length;
  const [act, watch, fine] = [count('act'), count('watch'), count('fine')];
  if (act > 0)
    return `${plural(act, 'check calls', 'checks call')} for action${watch > 0 ? `, ${watch} to watch` : ''}.`;
  if (watch > 0) return `${watch} to watch, nothing that calls for action.`;
  if (fine === 0) return 'Nothing can be judged yet.';
  return fine === states.length ? 'All is well.' : 'All is well as far as it can be judged.';
}

export function HealthPanel() {
  const findings = useStudioState((state) => state.run.health);
  if (findings.length === 0) return null;
  return (
    <Card title="Health" note={healthSummary(findings.map(({ state }) => state))}>
      <ul className="divide-y divide-line text-sm" data-testid="health">
        {toldTogether(findings).map((together) => {
          const [{ code, state, text, action }] = together;
          const { word, icon: Icon, tone } = looks[state];
          return (
            <li key={code} data-check={code} data-state={state} className="flex gap-3 py-2.5 first:pt-0 last:pb-0">
              <Icon className={`mt-0.5 size-4 shrink-0 ${tone}`} aria-hidden />
              <div className="min-w-0 flex-1">
                <h3 className="flex flex-wrap items-baseline justify-between gap-x-3 font-medium">
                  {namesOf(together)}
                  <span className={`text-xs font-semibold ${tone}`}>{word}</span>
                </h3>
                <p className="numeric wrap-anywhere text-muted">{text}</p>
                {action && <p className="mt-1 wrap-anywhere">{action}</p>}
              </div>
            </li>
          );
        })}
      </ul>
    </Card>
  );
}
