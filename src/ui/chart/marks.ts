/** Events of a run and the iteration that is looked back at, drawn over a chart: a triangle at the bottom, a line. */
import type uPlot from 'uplot';

export interface ChartMark {
  iteration: number;
  /** CSS variable, e.g. "--warn". */
  color: string;
}

const edge = 5;

export function drawMarks(chart: uPlot, marks: readonly ChartMark[], moment: number | null): void {
  const { ctx: context, bbox } = chart;
  const { devicePixelRatio: ratio = 1 } = globalThis;
  const style = getComputedStyle(chart.root);
  const inside = (x: number) => x >= bbox.left && x <= bbox.left + bbox.width;
  const bottom = bbox.top + bbox.height;
  context.save();
  for (const { iteration, color } of marks) {
    const x = chart.valToPos(iteration, 'x', true);
    if (!inside(x)) continue;
    context.fillStyle = style.getPropertyValue(color);
    context.beginPath();
    context.moveTo(x, bottom - 1.6 * edge * ratio);
    context.lineTo(x - edge * ratio, bottom);
    context.lineTo(x + edge * ratio, bottom);
    context.fill();
  }
  if (moment !== null) {
    const x = chart.valToPos(moment, 'x', true);
    if (inside(x)) {
      context.strokeStyle = style.getPropertyValue('--accent');
      context.lineWidth = 2 * ratio;
      context.beginPath();
      context.moveTo(x, bbox.top);
      context.lineTo(x, bottom);
      context.stroke();
    }
  }
  context.restore();
}
