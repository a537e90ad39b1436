/** The run that was interrupted, by a closed tab or a crash, or has ended: what it is, and the way on. */
import { useStudioState } from '../state/studioContext';
import { hasOwnClip } from '../state/studioState';
import { formatKimg } from '../shared/kimg';
import { formatCount, plural } from '../ui/format';
import { Message } from '../ui/Message';
import { CommandButton } from './CommandButton';

const moment = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const namedClasses = 4;
const unreadable =
  'This version of the studio cannot read its settings, so it cannot go on: open it with the newest version, or forget it.';

/**
 * @param whereItFits on the screen of a run's own pictures, where it can be resumed; else where pictures are still
 * to be opened
 */
export function InterruptedRun({ whereItFits = false }: { whereItFits?: boolean }) {
  const interrupted = useStudioState((state) => state.interrupted);
  const ownClip = useStudioState(hasOwnClip);
  const kept = useStudioState((state) => state.kept.some(({ id }) => id === state.interrupted?.pictures));
  if (!interrupted || (whereItFits && !interrupted.fits)) return null;
  const { classes, imageCount, iteration, iterations, kimg, config, savedAt } = interrupted;
  const named = classes.slice(0, namedClasses).join(', ') + (classes.length > namedClasses ? ', …' : '');
  const ended = iteration >= iterations;
  const whole = config ? ` of ${formatKimg(config.kimg)}` : '';
  const reached = ended ? `finished at ${formatKimg(kimg)}` : `interrupted at ${formatKimg(kimg)}${whole}`;
  const outlook = ended
    ? 'Going on shows it as it ended, to measure and to export.'
    : 'It goes on with its own settings.';
  const missing =
    interrupted.clip === null && !ownClip
      ? ' It was made with a CLIP of your own: drop the files of that CLIP first.'
      : '';
  const way =
    whereItFits || kept ? `${outlook}${missing}` : 'Open the same pictures, in the same folders, to go on with it.';
  return (
    <Message
      tone={config ? 'info' : 'warning'}
      text={whereItFits ? `A run of these pictures was ${reached}.` : `A run was ${reached}.`}
      why={`Saved on this machine ${moment.format(savedAt)}, at iteration ${formatCount(iteration)}: ${plural(imageCount, 'picture')} in ${plural(classes.length, 'class', 'classes')} (${named}).`}
      action={config ? way : unreadable}
    >
      <div className="flex flex-wrap gap-2 pt-2">
        {(whereItFits || kept) && config && <CommandButton id="resume-run" variant="primary" size="small" />}
        <CommandButton id="forget-run" variant="quiet" size="small" />
      </div>
    </Message>
  );
}
