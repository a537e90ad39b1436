import { describe, expect, it } from 'vitest';
import { panelsFor } from './chartPanels';

describe('panelsFor', () => {
  it('shows only what there is, in a fixed order', () => {
    expect(panelsFor(['lambda', 'lossG', 'lossD']).map(({ id, series }) => [id, series.map(({ key }) => key)])).toEqual(
      [
        ['losses', ['lossD', 'lossG']],
        ['schedule', ['lambda']],
      ],
    );
  });

  it('never hides a statistic that it does not know', () => {
    const last = panelsFor(['lossD', 'gradNonFinite']).at(-1);
    expect(last).toMatchObject({ id: 'others', series: [{ key: 'gradNonFinite', label: 'Grad non finite' }] });
  });
});
