/** The bar on top: who we are, and the two things that are always at hand. */
import { Moon, Sun } from 'lucide-react';
import { usePreferences } from '../state/preferencesContext';
import { Button } from '../ui/Button';
import { Logo } from '../ui/Logo';
import { CommandButton } from './CommandButton';
import { HeaderMenu } from './HeaderMenu';
import { useCommandContext } from './commandContext';

export function Header() {
  const { resolvedTheme } = usePreferences();
  const { toggleTheme } = useCommandContext();
  return (
    <header className="border-b border-line bg-surface">
      <div className="mx-auto flex min-h-14 w-full max-w-[140rem] items-center gap-3 px-4 sm:px-6">
        <Logo className="size-7 shrink-0" />
        {/* A small phone has room for the buttons alone. */}
        <span className="text-base font-semibold tracking-tight whitespace-nowrap max-[26.5rem]:sr-only">
          LCP-GAN Studio
        </span>
        <div className="ms-auto flex items-center gap-1">
          <CommandButton id="playground" variant="quiet" iconOnly />
          <CommandButton id="runs" variant="quiet" iconOnly />
          <Button
            variant="quiet"
            size="medium"
            iconOnly
            icon={resolvedTheme === 'dark' ? Sun : Moon}
            onPress={toggleTheme}
          >
            {resolvedTheme === 'dark' ? 'Use the light theme' : 'Use the dark theme'}
          </Button>
          <CommandButton id="palette" variant="quiet" iconOnly />
          <HeaderMenu />
        </div>
      </div>
    </header>
  );
}
