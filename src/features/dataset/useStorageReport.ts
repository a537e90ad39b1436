/** What the studio keeps in this browser: asked for when a screen shows it, and again after each change. */
import { useCallback, useEffect, useState } from 'react';
import type { StorageReport } from '../../state/ports';
import { useStudio } from '../../state/studioContext';

export interface StorageView {
  /** Null until it is known, or where the browser does not tell. */
  report: StorageReport | null;
  refresh: () => Promise<void>;
}

export function useStorageReport(): StorageView {
  const { storage } = useStudio();
  const [report, setReport] = useState<StorageReport | null>(null);
  const refresh = useCallback(async () => {
    setReport(await storage.report().catch(() => null));
  }, [storage]);
  useEffect(() => {
    let shown = true;
    storage.report().then(
      (first) => {
        if (shown) setReport(first);
      },
      () => undefined,
    );
    return () => {
      shown = false;
    };
  }, [storage]);
  return { report, refresh };
}
