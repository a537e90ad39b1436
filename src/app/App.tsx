/**
 * The shell: providers, the screen of the stage, and what lies over every screen. Screens after the first one are
 * loaded when needed.
 */
import { lazy, Suspense, useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import { ErrorBoundary, type FallbackProps } from 'react-error-boundary';
import { LeftOut } from '../features/dataset/LeftOut';
import { WelcomeScreen } from '../features/welcome/WelcomeScreen';
import { toErrorInfo } from '../shared/errors';
import { diagnosticsText } from '../state/diagnostics';
import { PreferencesProvider, usePreferences } from '../state/preferencesContext';
import type { Studio } from '../state/studio';
import { hasNetworks } from '../state/studioState';
import { StudioProvider, useStudio, useStudioState } from '../state/studioContext';
import { Button } from '../ui/Button';
import { ErrorCard } from '../ui/ErrorCard';
import { CommandButton, RunButtons } from './CommandButton';
import { CommandContextProvider } from './commandContext';
import type { CommandContext } from './commands';
import { Footer } from './Footer';
import { Header } from './Header';
import { InterruptedRun } from './InterruptedRun';
import { Blocked, Problem } from './Problem';
import { BrokenOff, ReadingProgress } from './ReadingProgress';
import { Questions } from './Questions';
import { useAddress } from './useAddress';
import { usePageLife } from './usePageLife';
import { useShortcuts } from './useShortcuts';
import { WarmStart } from './WarmStart';
import { WindowDrop } from './WindowDrop';

const ReviewScreen = lazy(() =>
  import('../features/dataset/ReviewScreen').then((module) => ({ default: module.ReviewScreen })),
);
const Dashboard = lazy(() => import('../features/train/Dashboard').then((module) => ({ default: module.Dashboard })));
const LabelScreen = lazy(() =>
  import('../features/labeling/LabelScreen').then((module) => ({ default: module.LabelScreen })),
);
const CheckScreen = lazy(() =>
  import('../features/checks/CheckScreen').then((module) => ({ default: module.CheckScreen })),
);
const AskClip = lazy(() => import('../features/ask/AskClip').then((module) => ({ default: module.AskClip })));
const RunsScreen = lazy(() => import('../features/runs/RunsScreen').then((module) => ({ default: module.RunsScreen })));
const PlaygroundScreen = lazy(() =>
  import('../features/playground/PlaygroundScreen').then((module) => ({ default: module.PlaygroundScreen })),
);
const CommandSheet = lazy(() => import('./CommandSheet').then((module) => ({ default: module.CommandSheet })));
const CommandPalette = lazy(() => import('./CommandPalette').then((module) => ({ default: module.CommandPalette })));
const Toasts = lazy(() => import('./Toasts').then((module) => ({ default: module.Toasts })));

/** Loaded behind the screen that holds it. */
function Ask({ hidden = false }: { hidden?: boolean }) {
  return (
    <Suspense fallback={null}>
      <AskClip hidden={hidden} />
    </Suspense>
  );
}

/** What there is of earlier runs. */
function Earlier({ whereItFits = false }: { whereItFits?: boolean }) {
  return (
    <>
      <WarmStart />
      <InterruptedRun whereItFits={whereItFits} />
    </>
  );
}

/** Back, and over to the other room. */
function RoomButtons({ other }: { other: 'labels' | 'checks' }) {
  return (
    <>
      <CommandButton id="back" variant="quiet" size="small" />
      <CommandButton id={other} variant="quiet" size="small" />
    </>
  );
}

/** With the files of a drop in which nothing could be read, each with its reason. */
function WelcomeProblem() {
  return (
    <>
      <BrokenOff />
      <Problem />
      <LeftOut />
    </>
  );
}

function Screen() {
  const stage = useStudioState((state) => state.stage);
  const aside = useStudioState((state) => state.aside);
  const blocked = useStudioState((state) => state.blocked !== null);
  const drawn = useStudioState(hasNetworks);
  if (blocked) return <Blocked />;
  if (aside === 'playground')
    return <PlaygroundScreen back={<CommandButton id="back" variant="quiet" size="small" />} />;
  if (aside === 'runs')
    return <RunsScreen back={<CommandButton id="back" variant="quiet" size="small" />} problem={<Problem />} />;
  if (aside === 'labels') return <LabelScreen back={<RoomButtons other="checks" />} />;
  if (aside === 'checks') return <CheckScreen back={<RoomButtons other="labels" />} />;
  if (stage === 'welcome')
    return <WelcomeScreen problem={<WelcomeProblem />} interrupted={<Earlier />} progress={<ReadingProgress />} />;
  if (stage === 'review') {
    return (
      <ReviewScreen
        progress={<ReadingProgress />}
        problem={<Problem />}
        interrupted={<Earlier whereItFits />}
        start={<CommandButton id="start" variant="primary" size="large" />}
        labels={
          <>
            <CommandButton id="checks" variant="quiet" />
            <CommandButton id="labels" />
          </>
        }
        back={<CommandButton id="other-data" variant="quiet" size="small" />}
        ask={<Ask hidden />}
      />
    );
  }
  const nextActions = (
    <>
      {drawn && <CommandButton id="playground" />}
      <CommandButton id="new-run" />
      <CommandButton id="other-data" />
    </>
  );
  const actions = (
    <>
      <CommandButton id="labels" variant="quiet" />
      <RunButtons />
    </>
  );
  return <Dashboard actions={actions} nextActions={nextActions} problem={<Problem />} ask={<Ask />} />;
}

function Announcer() {
  const announcement = useStudioState((state) => state.announcement);
  return (
    <output aria-live="polite" className="sr-only">
      {announcement}
    </output>
  );
}

/**
 * The page's main part. A new stage begins at its top, with the focus on it, because the button that led there is gone.
 */
function Main({ children }: { children: ReactNode }) {
  // The labels take the focus to where it is needed.
  const stage = useStudioState((state) => state.aside ?? state.stage);
  const element = useRef<HTMLElement>(null);
  const shown = useRef(stage);
  useEffect(() => {
    if (shown.current === stage) return;
    shown.current = stage;
    // Newer browsers return a promise here, which React would take for a clean-up.
    void window.scrollTo({ top: 0, behavior: 'instant' });
    if (stage !== 'labels') element.current?.focus({ preventScroll: true });
  }, [stage]);
  return (
    <main ref={element} tabIndex={-1} className="flex-1 outline-none">
      {children}
    </main>
  );
}

function Shell() {
  const studio = useStudio();
  const { preferences, resolvedTheme, change } = usePreferences();
  const [sheet, setSheet] = useState<'sheet' | 'palette' | null>(null);
  const context = useMemo(
    (): CommandContext => ({
      studio,
      toggleTheme: () => change({ theme: resolvedTheme === 'dark' ? 'light' : 'dark' }),
      openSheet: setSheet,
    }),
    [studio, resolvedTheme, change],
  );
  useShortcuts(context, preferences.shortcuts);
  useAddress();
  usePageLife();
  return (
    <CommandContextProvider value={context}>
      <div className="flex min-h-dvh flex-col">
        <Header />
        <Main>
          <Suspense fallback={<p className="p-8 text-center text-sm text-muted">Loading …</p>}>
            <Screen />
          </Suspense>
        </Main>
        <Footer />
      </div>
      <Questions />
      <WindowDrop />
      <Announcer />
      <Suspense fallback={null}>
        {sheet === 'sheet' && <CommandSheet onClose={() => setSheet(null)} />}
        {sheet === 'palette' && <CommandPalette onClose={() => setSheet(null)} />}
        <Toasts />
      </Suspense>
    </CommandContextProvider>
  );
}

function Crashed({ error }: FallbackProps) {
  const studio = useStudio();
  const info = toErrorInfo(error);
  return (
    <div className="mx-auto max-w-2xl px-4 py-12">
      <ErrorCard level={1} error={info} diagnostics={diagnosticsText(studio.state, info, navigator.userAgent)}>
        <Button variant="primary" onPress={() => window.location.reload()}>
          Reload the page
        </Button>
      </ErrorCard>
    </div>
  );
}

export function App({ studio }: { studio: Studio }) {
  return (
    <StudioProvider value={studio}>
      <ErrorBoundary FallbackComponent={Crashed}>
        <PreferencesProvider>
          <Shell />
        </PreferencesProvider>
      </ErrorBoundary>
    </StudioProvider>
  );
}
