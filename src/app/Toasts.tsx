/**
 * Short messages in a corner: a file that was saved, a warning of the session. The log and the live region hold them
 * too.
 */
import { useEffect } from 'react';
import { toast, Toaster } from 'sonner';
import { usePreferences } from '../state/preferencesContext';
import { useStudio } from '../state/studioContext';

export function Toasts() {
  const studio = useStudio();
  const { resolvedTheme } = usePreferences();
  useEffect(() => {
    // What was said before this was loaded, as of settings that came with the address.
    if (studio.state.toast !== '') toast(studio.state.toast);
  }, [studio]);
  useEffect(
    () =>
      studio.store.subscribe((state, before) => {
        if (state.run.exportedKimg !== null && state.run.exportedKimg !== before.run.exportedKimg)
          toast.success(state.announcement);
        if (state.toast !== before.toast && state.toast !== '') toast(state.toast);
        if (state.clip !== before.clip && state.announcement !== before.announcement) toast(state.announcement);
        const notice = state.run.notices.at(-1);
        if (notice && notice.id !== before.run.notices.at(-1)?.id && notice.tone === 'warning')
          toast.warning(notice.text, { description: notice.action, duration: 8000 });
      }),
    [studio],
  );
  return (
    <Toaster
      theme={resolvedTheme}
      // The buttons that begin something lie at the other side.
      position="bottom-left"
      visibleToasts={3}
      closeButton
      containerAriaLabel="Notifications"
      toastOptions={{ closeButtonAriaLabel: 'Close' }}
    />
  );
}
