/**
 * Which statistic is drawn where, under which name and in which color. A statistic that is not listed gets a place in
 * the last panel.
 */

export interface ChartSeries {
  /** Key of the statistic. */
  key: string;
  label: string;
  /** CSS variable of its color. */
  color: string;
}

export interface ChartPanelSpec {
  id: string;
  title: string;
  note: string;
  series: readonly ChartSeries[];
  /** Values that are set, not measured: smoothing would only falsify them. */
  exact?: boolean;
}

const series = (key: string, label: string, color: number): ChartSeries => ({ key, label, color: `--series-${color}` });

export const chartPanels: readonly ChartPanelSpec[] = [
  {
    id: 'losses',
    title: 'Losses',
    note: 'Neither should run away from the other for long.',
    series: [series('lossD', 'Discriminator', 1), series('lossG', 'Generator', 2)],
  },
  {
    id: 'pixels',
    title: 'Pixel discriminator',
    note: 'Above zero means “real”. Signs that stay near 1 and −1 mean that it always wins.',
    series: [
      series('realLogit', 'Real', 1),
      series('fakeLogit', 'Generated', 2),
      series('signReal', 'Sign, real', 5),
      series('signFake', 'Sign, generated', 6),
    ],
  },
  {
    id: 'clip',
    title: 'CLIP critic',
    note: 'Joins after a tenth of the run, so that it does not overpower a raw generator.',
    series: [
      series('clipReal', 'Real', 3),
      series('clipFake', 'Generated', 4),
      series('clipSignReal', 'Sign, real', 5),
      series('clipSignFake', 'Sign, generated', 6),
    ],
  },
  {
    id: 'schedule',
    title: 'Schedule',
    note: 'How much the condition and the CLIP critic count, and how likely each adaptive augmentation is.',
    series: [
      series('lambda', 'Condition', 1),
      series('lambdaClip', 'CLIP critic', 3),
      series('adaP', 'Adaptive augmentation', 5),
    ],
    exact: true,
  },
];

/** The health checks whose number is a share or a mean sign, all in [-1, 1] or a little beyond. */
export const healthPanel: ChartPanelSpec = {
  id: 'health',
  title: 'Health',
  note: 'The numbers behind the health checks. What they mean stands beside each check.',
  series: [
    series('collapse', 'Variety of samples', 1),
    series('over-fitting', 'Learning by heart', 2),
    series('copies', 'Copies', 4),
    series('dropped-clusters', 'Rarest cluster', 3),
    series('pseudo-labels', 'Inferred labels', 5),
    series('prompts', 'Learnt prompts', 6),
  ],
  exact: true,
};

const known = new Set(chartPanels.flatMap((panel) => panel.series.map(({ key }) => key)));

/** The panels that have something to show, with unknown statistics in one of their own. */
export function panelsFor(names: readonly string[]): ChartPanelSpec[] {
  const present = new Set(names);
  const panels = chartPanels.flatMap((panel) => {
    const shown = panel.series.filter(({ key }) => present.has(key));
    return shown.length > 0 ? [{ ...panel, series: shown }] : [];
  });
  const others = names.filter((name) => !known.has(name));
  if (others.length > 0) {
    panels.push({
      id: 'others',
      title: 'Other signs',
      note: '',
      series: others.map((name, i) => series(name, readable(name), (i % 6) + 1)),
    });
  }
  return panels;
}

/** "gradNonFinite" as "Grad non finite". */
function readable(name: string): string {
  const words = name.replaceAll(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
