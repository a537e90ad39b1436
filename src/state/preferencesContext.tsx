/**
 * A user's taste in React: the preferences, the theme that follows from them and the system, and the way to change
 * them.
 */
import { createContext, useContext, useEffect, useLayoutEffect, useMemo, useState, type ReactNode } from 'react';
import { loadPreferences, savePreferences, type Preferences } from './preferences';
import { storageOf } from './pageStorage';

export interface PreferencesValue {
  preferences: Preferences;
  resolvedTheme: 'light' | 'dark';
  change: (changes: Partial<Preferences>) => void;
}

const PreferencesContext = createContext<PreferencesValue | null>(null);

const darkQuery = '(prefers-color-scheme: dark)';

export function PreferencesProvider({ children }: { children: ReactNode }) {
  const [preferences, setPreferences] = useState(() => loadPreferences(storageOf('localStorage')));
  const [systemDark, setSystemDark] = useState(() => window.matchMedia(darkQuery).matches);
  useEffect(() => {
    const query = window.matchMedia(darkQuery);
    const follow = () => setSystemDark(query.matches);
    query.addEventListener('change', follow);
    return () => query.removeEventListener('change', follow);
  }, []);
  const resolvedTheme = preferences.theme === 'system' ? (systemDark ? 'dark' : 'light') : preferences.theme;
  // Before the passive effects of charts, which read the theme's colors.
  useLayoutEffect(() => {
    document.documentElement.dataset.theme = resolvedTheme;
  }, [resolvedTheme]);
  const value = useMemo(
    (): PreferencesValue => ({
      preferences,
      resolvedTheme,
      change(changes) {
        const next = { ...preferences, ...changes };
        savePreferences(storageOf('localStorage'), next);
        setPreferences(next);
      },
    }),
    [preferences, resolvedTheme],
  );
  return <PreferencesContext value={value}>{children}</PreferencesContext>;
}

export function usePreferences(): PreferencesValue {
  const value = useContext(PreferencesContext);
  if (!value) throw new Error('usePreferences outside of PreferencesProvider');
  return value;
}
