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
  Images,
  Link,
  Moon,
  Pause,
  Play,
  Rocket,
  Shapes,
  RotateCcw,
  ScanSearch,
  Search,
  SkipForward,
  Sparkles,
  Square,
  StepBack,
  StepForward,
  Tags,
  Trash2,
} from 'lucide-react';
import { mayResume } from '../state/interruptedRuns';
import { pickFolder } from '../state/pickFolder';
import type { Studio } from '../state/studio';
import { copyLink } from './copyLink';
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
  | 'earlier'
  | 'later'
  | 'newest'
  | 'raw'
  | 'palette'
  | 'share'
  | 'theme'
  | 'sheet';

/** In the order in which they are listed. */
export const commandGroups = ['Pictures', 'Run', 'Timeline', 'Studio'] as const;
export type CommandGroup = (typeof commandGroups)[number];

/** What a command may reach. */
export interface CommandContext {
  studio: Studio;
  toggleTheme: () => void;
  /** The keys and settings, or the palette in which a command is found by name. */
  openSheet: (kind: 'sheet' | 'palette') => void;
}

export interface Command {
  id: CommandId;
  label: string;
  group: CommandGroup;
  icon: LucideIcon;
  /** `KeyboardEvent.key` of the shortcut, lower case; '' if none. */
  key: string;
  /** The state that shows it as busy, if it takes time. */
  task?: BusyTask;
  /** Whether it can be done now. */
  predicate: (state: StudioState) => boolean;
  perform: (context: CommandContext) => void;
}

const hasTimeline = ({ run, stage }: StudioState) => stage === 'run' && run.samplesRevision > 1;
const mayOpen = (state: StudioState) => state.blocked === null && state.reading === null && !isRunning(state.session);
const mayBegin = ({ stage, aside, session }: StudioState) =>
  stage === 'review' && aside === null && ['ready', 'finished', 'stopped'].includes(session);
const mayStart = (state: StudioState) => {
  const blocking = state.source === null || isBlocked(state);
  const clipReady = state.clip.kind === 'files' ? hasOwnClip(state) : state.clipModels.length > 0;
  return mayBegin(state) && !blocking && clipReady;
};

export const commands: readonly Command[] = [
  {
    id: 'choose-folder',
    label: 'Choose a folder',
    group: 'Pictures',
    icon: FolderOpen,
    key: 'o',
    predicate: mayOpen,
    perform: ({ studio }) => void pickFolder(studio),
  },
  {
    id: 'sample',
    label: 'Try the sample',
    group: 'Pictures',
    icon: Sparkles,
    key: '',
    predicate: (state) => mayOpen(state) && state.stage === 'welcome',
    perform: ({ studio }) => void studio.data.openSample(),
  },
  {
    id: 'start',
    label: 'Start training',
    group: 'Run',
    icon: Rocket,
    key: 's',
    task: 'start',
    predicate: mayStart,
    perform: ({ studio }) => void studio.running.start(),
  },
  {
    id: 'resume-run',
    label: 'Go on with the last run',
    group: 'Run',
    icon: History,
    key: '',
    task: 'start',
    predicate: mayResume,
    perform: ({ studio }) => void studio.interrupted.resume(),
  },
  {
    id: 'forget-run',
    label: 'Forget the last run',
    group: 'Run',
    icon: Trash2,
    key: '',
    predicate: ({ interrupted, session }) => interrupted !== null && !isRunning(session),
    perform: ({ studio }) => studio.interrupted.forget(),
  },
  {
    id: 'pause',
    label: 'Pause',
    group: 'Run',
    icon: Pause,
    key: ' ',
    task: 'pause',
    predicate: ({ session }) => session === 'training' || session === 'preparing',
    perform: ({ studio }) => void studio.running.pause(),
  },
  {
    id: 'resume',
    label: 'Resume',
    group: 'Run',
    icon: Play,
    key: ' ',
    task: 'resume',
    predicate: ({ session }) => session === 'paused',
    perform: ({ studio }) => void studio.running.resume(),
  },
  {
    id: 'stop',
    label: 'Stop',
    group: 'Run',
    icon: Square,
    key: '',
    task: 'stop',
    predicate: ({ session }) => isRunning(session),
    perform: ({ studio }) => void studio.running.stop(),
  },
  {
    id: 'export',
    label: 'Export',
    group: 'Run',
    icon: Download,
    key: 'e',
    task: 'export',
    predicate: hasNetworks,
    perform: ({ studio }) => void studio.running.export(),
  },
  {
    id: 'labels',
    label: 'Label pictures',
    group: 'Pictures',
    icon: Tags,
    key: 'l',
    predicate: ({ labeling, aside, stage }) => labeling.labels !== null && aside !== 'labels' && stage !== 'welcome',
    perform: ({ studio }) => studio.labeling.open(),
  },
  {
    id: 'checks',
    label: 'Check the data',
    group: 'Pictures',
    icon: ScanSearch,
    key: 'd',
    predicate: ({ labeling, aside, stage }) => labeling.labels !== null && aside !== 'checks' && stage !== 'welcome',
    perform: ({ studio }) => studio.labeling.openChecks(),
  },
  {
    id: 'new-run',
    label: 'New run',
    group: 'Run',
    icon: RotateCcw,
    key: '',
    predicate: ({ stage, session }) => stage === 'run' && !isRunning(session),
    perform: ({ studio }) => studio.newRun(),
  },
  {
    id: 'other-data',
    label: 'Other data',
    group: 'Pictures',
    icon: ArrowLeft,
    key: '',
    predicate: ({ stage, session }) => stage !== 'welcome' && !isRunning(session),
    perform: ({ studio }) => studio.data.closeData(),
  },
  {
    id: 'notify',
    label: 'Tell me when it is done',
    group: 'Run',
    icon: Bell,
    key: 'n',
    predicate: ({ session }) => isRunning(session),
    perform: ({ studio }) => void toggleNotify(studio),
  },
  {
    id: 'runs',
    label: 'Runs',
    group: 'Studio',
    icon: Library,
    key: '',
    predicate: ({ aside, blocked }) => aside !== 'runs' && blocked === null,
    perform: ({ studio }) => studio.show('runs'),
  },
  {
    id: 'playground',
    label: 'Playground',
    group: 'Studio',
    icon: Shapes,
    key: '',
    predicate: ({ aside, blocked }) => aside !== 'playground' && blocked === null,
    perform: ({ studio }) => studio.show('playground'),
  },
  {
    id: 'back',
    label: 'Back',
    group: 'Studio',
    icon: ArrowLeft,
    key: 'b',
    predicate: ({ aside }) => aside !== null,
    perform: ({ studio }) => studio.show(null),
  },
  {
    id: 'earlier',
    label: 'One grid back in time',
    group: 'Timeline',
    icon: StepBack,
    key: '[',
    predicate: hasTimeline,
    perform: ({ studio }) => studio.stepMoment(-1),
  },
  {
    id: 'later',
    label: 'One grid on in time',
    group: 'Timeline',
    icon: StepForward,
    key: ']',
    predicate: hasTimeline,
    perform: ({ studio }) => studio.stepMoment(1),
  },
  {
    id: 'newest',
    label: 'Back to the newest samples',
    group: 'Timeline',
    icon: SkipForward,
    key: 'j',
    predicate: ({ run }) => run.moment !== null,
    perform: ({ studio }) => studio.lookAt(null),
  },
  {
    id: 'raw',
    label: 'Samples of the average or of the raw weights',
    group: 'Timeline',
    icon: Images,
    key: 'w',
    predicate: ({ run, stage }) => stage === 'run' && run.samplesRevision > 0,
    perform: ({ studio }) => void studio.watchRaw(!studio.state.watchRaw),
  },
  {
    id: 'share',
    label: 'Copy a link with these settings',
    group: 'Run',
    icon: Link,
    key: '',
    predicate: ({ stage }) => stage !== 'welcome',
    perform: ({ studio }) => void copyLink(studio),
  },
  {
    id: 'palette',
    label: 'Find a command by name',
    group: 'Studio',
    icon: Search,
    key: '',
    predicate: () => true,
    perform: ({ openSheet }) => openSheet('palette'),
  },
  {
    id: 'theme',
    label: 'Switch between light and dark',
    group: 'Studio',
    icon: Moon,
    key: 't',
    predicate: () => true,
    perform: ({ toggleTheme }) => toggleTheme(),
  },
  {
    id: 'sheet',
    label: 'Commands and keys',
    group: 'Studio',
    icon: CommandIcon,
    key: '?',
    predicate: () => true,
    perform: ({ openSheet }) => openSheet('sheet'),
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

/** Commands whose name holds all the words of a query, by group; those that can be done now come first. */
export function findCommands(query: string, state: StudioState): { group: CommandGroup; commands: Command[] }[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = ({ label, group }: Command) => words.every((word) => `${label} ${group}`.toLowerCase().includes(word));
  const possibleFirst = (a: Command, b: Command) => Number(b.predicate(state)) - Number(a.predicate(state));
  return commandGroups.flatMap((group) => {
    const found = commands.filter((command) => command.group === group && fits(command)).toSorted(possibleFirst);
    return found.length > 0 ? [{ group, commands: found }] : [];
  });
}
