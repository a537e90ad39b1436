/** How the marks of a run look and what they are called. */
import type { MarkerKind } from '../../state/runMarkers';

export const markLooks: Record<MarkerKind, { name: string; color: string }> = {
  note: { name: 'Note', color: '--muted' },
  warning: { name: 'Warning', color: '--warn' },
  clusters: { name: 'Clusters', color: '--series-3' },
  pause: { name: 'Pause', color: '--line-strong' },
  measured: { name: 'Measured', color: '--series-6' },
  export: { name: 'Export', color: '--accent' },
};
