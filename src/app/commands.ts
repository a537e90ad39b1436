/**
 * Everything that a user can do, as data: what it is called, its icon and key, when it is possible and what it does.
 * Buttons, the shortcuts and the sheet behind "?" all follow from this list.
 */
import type { LucideIcon } from 'lucide-react';
import {
  ArrowLeft,
  Bell,
  Command as CommandIcon,
  Download,
  FolderOpen,
  History,
  Library,
  Moon,
  Pause,
  Play,
  Rocket,
  Shapes,
  RotateCcw,
  ScanSearch,
  Sparkles,
  Square,
  Tags,
  Trash2,
} from 'lucide-react';
import { mayResume } from '../state/interruptedRuns';
import { pickFolder } from '../state/pickFolder';
import type { Studio } from '../state/studio';
import { toggleNotify } from './notifying';
import { hasNetworks, hasOwnClip, isBlocked, isRunning, type BusyTask, type StudioState } from '../state/studioState';

export type CommandId =
  | 'start'
  | 'resume-run'
  | 'forget-run'
  | 'pause'
  | 'resume'
  | 'stop'
  | 'export'
  | 'labels'
  | 'checks'
  | 'new-run'
  | 'other-data'
  | 'choose-folder'
  | 'sample'
  | 'notify'
  | 'runs'
  | 'playground'
  | 'back'
  | 'theme'
  | 'sheet';

/** What a command may reach. */
export interface CommandContext {
  studio: Studio;
  toggleTheme: () => void;
  openSheet: () => void;
}

export interface Command {
  id: CommandId;
  label: string;
  icon: LucideIcon;
  /** `KeyboardEvent.key` of the shortcut, lower case; '' if none. */
  key: string;
  /** The state that shows it as busy, if it takes time. */
  task?: BusyTask;
  /** Whether it can be done now. */
  predicate: (state: StudioState) => boolean;
  perform: (context: CommandContext) => void;
}

const mayOpen = (state: StudioState) => state.blocked === null && state.reading === null && !isRunning(state.session);
const mayBegin = ({ stage, session }: StudioState) =>
  stage === 'review' && ['ready', 'finished', 'stopped'].includes(session);
const mayStart = (state: StudioState) => {
  const blocking = state.source === null || isBlocked(state);
  const clipReady = state.clip.kind === 'files' ? hasOwnClip(state) : state.clipModels.length > 0;
  return mayBegin(state) && !blocking && clipReady;
};

export const commands: readonly Command[] = [
  {
    id: 'choose-folder',
    label: 'Choose a folder',
    icon: FolderOpen,
    key: 'o',
    predicate: mayOpen,
    perform: ({ studio }) => void pickFolder(studio),
  },
  {
    id: 'sample',
    label: 'Try the sample',
    icon: Sparkles,
    key: '',
    predicate: (state) => mayOpen(state) && state.stage === 'welcome',
    perform: ({ studio }) => void studio.data.openSample(),
  },
  {
    id: 'start',
    label: 'Start training',
    icon: Rocket,
    key: '',
    task: 'start',
    predicate: mayStart,
    perform: ({ studio }) => void studio.running.start(),
  },
  {
    id: 'resume-run',
    label: 'Go on with the last run',
    icon: History,
    key: '',
    task: 'start',
    predicate: mayResume,
    perform: ({ studio }) => void studio.interrupted.resume(),
  },
  {
    id: 'forget-run',
    label: 'Forget the last run',
    icon: Trash2,
    key: '',
    predicate: ({ interrupted, session }) => interrupted !== null && !isRunning(session),
    perform: ({ studio }) => studio.interrupted.forget(),
  },
  {
    id: 'pause',
    label: 'Pause',
    icon: Pause,
    key: ' ',
    task: 'pause',
    predicate: ({ session }) => session === 'training' || session === 'preparing',
    perform: ({ studio }) => void studio.running.pause(),
  },
  {
    id: 'resume',
    label: 'Resume',
    icon: Play,
    key: ' ',
    task: 'resume',
    predicate: ({ session }) => session === 'paused',
    perform: ({ studio }) => void studio.running.resume(),
  },
  {
    id: 'stop',
    label: 'Stop',
    icon: Square,
    key: '',
    task: 'stop',
    predicate: ({ session }) => isRunning(session),
    perform: ({ studio }) => void studio.running.stop(),
  },
  {
    id: 'export',
    label: 'Export',
    icon: Download,
    key: 'e',
    task: 'export',
    predicate: hasNetworks,
    perform: ({ studio }) => void studio.running.export(),
  },
  {
    id: 'labels',
    label: 'Label pictures',
    icon: Tags,
    key: 'l',
    predicate: ({ labeling, aside, stage }) => labeling.labels !== null && aside !== 'labels' && stage !== 'welcome',
    perform: ({ studio }) => studio.labeling.open(),
  },
  {
    id: 'checks',
    label: 'Check the data',
    icon: ScanSearch,
    key: 'd',
    predicate: ({ labeling, aside, stage }) => labeling.labels !== null && aside !== 'checks' && stage !== 'welcome',
    perform: ({ studio }) => studio.labeling.openChecks(),
  },
  {
    id: 'new-run',
    label: 'New run',
    icon: RotateCcw,
    key: '',
    predicate: ({ stage, session }) => stage === 'run' && !isRunning(session),
    perform: ({ studio }) => studio.newRun(),
  },
  {
    id: 'other-data',
    label: 'Other data',
    icon: ArrowLeft,
    key: '',
    predicate: ({ stage, session }) => stage !== 'welcome' && !isRunning(session),
    perform: ({ studio }) => studio.data.closeData(),
  },
  {
    id: 'notify',
    label: 'Tell me when it is done',
    icon: Bell,
    key: 'n',
    predicate: ({ session }) => isRunning(session),
    perform: ({ studio }) => void toggleNotify(studio),
  },
  {
    id: 'runs',
    label: 'Runs',
    icon: Library,
    key: '',
    predicate: ({ aside, blocked }) => aside !== 'runs' && blocked === null,
    perform: ({ studio }) => studio.show('runs'),
  },
  {
    id: 'playground',
    label: 'Playground',
    icon: Shapes,
    key: '',
    predicate: ({ aside, blocked }) => aside !== 'playground' && blocked === null,
    perform: ({ studio }) => studio.show('playground'),
  },
  {
    id: 'back',
    label: 'Back',
    icon: ArrowLeft,
    key: 'b',
    predicate: ({ aside }) => aside !== null,
    perform: ({ studio }) => studio.show(null),
  },
  {
    id: 'theme',
    label: 'Switch between light and dark',
    icon: Moon,
    key: 't',
    predicate: () => true,
    perform: ({ toggleTheme }) => toggleTheme(),
  },
  {
    id: 'sheet',
    label: 'Commands and keys',
    icon: CommandIcon,
    key: '?',
    predicate: () => true,
    perform: ({ openSheet }) => openSheet(),
  },
];

export function commandById(id: CommandId): Command {
  const command = commands.find((each) => each.id === id);
  if (!command) throw new Error(`There is no command ${id}.`);
  return command;
}

/** What a key is called on the page. */
export function keyName(key: string): string {
  return key === ' ' ? 'Space' : key.toUpperCase();
}

/** The command that a key stands for in this state, if it can be done. */
export function commandForKey(key: string, state: StudioState): Command | undefined {
  const wanted = key.toLowerCase();
  return commands.find((command) => command.key !== '' && command.key === wanted && command.predicate(state));
}
