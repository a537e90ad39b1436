/** The first screen: what this is, how to begin, and where the pictures go (nowhere). */
import { ShieldCheck } from 'lucide-react';
import type { ReactNode } from 'react';
import { DropArea } from './DropArea';
import { DeviceLine } from './DeviceLine';
import { FolderGuide } from './FolderGuide';
import { KeptPictures } from './KeptPictures';
import { IdeaFigure } from './IdeaFigure';

export interface WelcomeScreenProps {
  /** A card about what went wrong with the last drop, or nothing. */
  problem: ReactNode;
  /** A run that can be resumed, or nothing. */
  interrupted: ReactNode;
  /** How far the reading of a drop is, or nothing. */
  progress: ReactNode;
}

export function WelcomeScreen({ problem, interrupted, progress }: WelcomeScreenProps) {
  return (
    <div className="mx-auto grid w-full max-w-6xl gap-x-12 gap-y-8 px-4 py-8 sm:px-6 lg:grid-cols-[minmax(0,7fr)_minmax(0,5fr)] lg:py-14">
      <div className="flex min-w-0 flex-col gap-6">
        <div>
          <h1 className="max-w-[22ch] text-2xl font-semibold tracking-tight sm:text-3xl">
            Train an image generator on your own pictures
          </h1>
          <p className="mt-3 max-w-[60ch] text-lg text-muted">
            Label a few, drop the folder, and a generator (a conditional GAN) learns to draw new pictures like them, of
            each class and of the variations inside it: here in your browser, on your own GPU.
          </p>
        </div>
        {problem}
        {interrupted}
        <DropArea progress={progress} />
        <KeptPictures />
        <div className="grid gap-3 text-sm">
          <p className="flex items-start gap-3">
            <ShieldCheck className="mt-0.5 size-4 shrink-0 text-accent" aria-hidden />
            <span>
              <span className="font-semibold">Your pictures never leave this machine.</span> There is no upload, no
              account and no server that could receive them.
            </span>
          </p>
          <DeviceLine />
        </div>
      </div>
      <aside className="flex min-w-0 flex-col gap-8 lg:pt-2" aria-label="How it works">
        <IdeaFigure />
        <FolderGuide />
      </aside>
    </div>
  );
}
