/** The line below every screen: nothing is sent, as measured, and whether the studio opens without a network. */
import { CloudOff, ShieldAlert, ShieldCheck } from 'lucide-react';
import { formatBytes } from '../shared/bytes';
import { useStudioState } from '../state/studioContext';

export function Footer() {
  const sent = useStudioState((state) => state.sentBytes);
  const kept = useStudioState((state) => state.keptOffline);
  const online = useStudioState((state) => state.online);
  const Shield = sent === 0 ? ShieldCheck : ShieldAlert;
  return (
    <footer className="border-t border-line bg-surface">
      <div className="mx-auto flex w-full max-w-[140rem] flex-wrap items-center gap-x-6 gap-y-1 px-4 py-2 text-xs text-muted sm:px-6">
        <span
          className="flex items-center gap-1.5"
          title="Counted at every way out of this page and its workers. The page’s own rules forbid it to talk to any other site."
        >
          <Shield className={`size-4 ${sent === 0 ? 'text-accent' : 'text-bad'}`} aria-hidden />
          <span>
            Sent from this page: <output data-testid="sent-bytes">{sent === 0 ? '0 bytes' : formatBytes(sent)}</output>
          </span>
        </span>
        {(kept || !online) && (
          <span className="flex items-center gap-1.5" data-testid="offline">
            <CloudOff className="size-4" aria-hidden />
            {online
              ? 'Works without a network from now on'
              : 'You are offline; everything that is here goes on working'}
          </span>
        )}
      </div>
    </footer>
  );
}
