import { describe, expect, it } from 'vitest';
import { healthCodes, type HealthFinding } from '../../lcp/health/health';
import { HealthBoard } from './healthBoard';
import { parseEvent, type Event } from '../protocol/events';

function board(): { board: HealthBoard; events: Event[]; clock: { time: number } } {
  const events: Event[] = [];
  const clock = { time: 0 };
  return {
    board: new HealthBoard(
      (event) => events.push(parseEvent(event)),
      () => clock.time,
    ),
    events,
    clock,
  };
}
const finding = (
  state: HealthFinding['state'],
  value: number,
  code: HealthFinding['code'] = 'collapse',
): HealthFinding => ({ code, state, value, text: `${value}`, action: state === 'fine' ? '' : 'do' });

describe('HealthBoard', () => {
  it('begins by saying why nothing is known', () => {
    const { board: health, events } = board();
    health.show();
    health.show();
    expect(events).toHaveLength(1);
    expect(health.findings.map(({ code }) => code)).toEqual(healthCodes);
    expect(health.findings.every(({ state, text }) => state === 'unknown' && text.length > 10)).toBe(true);
  });

  it('shows a changed state at once and a changed number once a second', () => {
    const { board: health, events, clock } = board();
    health.set(finding('fine', 0.9));
    health.set(finding('fine', 0.8));
    expect(events.length).toBe(1);
    clock.time = 1000;
    health.set(finding('fine', 0.7));
    health.set(finding('watch', 0.6));
    expect(events.length).toBe(3);
    health.set(finding('watch', 0.59));
    health.show();
    expect(events.at(-1)).toMatchObject({
      type: 'health',
      findings: expect.arrayContaining([expect.objectContaining({ code: 'collapse', value: 0.59 })]),
    });
  });

  it('calls for action once, and again after it was fine in between', () => {
    const { board: health, events } = board();
    for (const [state, value] of [
      ['act', 0.4],
      ['watch', 0.6],
      ['act', 0.3],
      ['fine', 0.9],
      ['act', 0.2],
    ] as const)
      health.set(finding(state, value));
    health.set(finding('act', 3, 'stability'));
    health.set(finding('watch', 12, 'little-data'));
    expect(events.flatMap((event) => (event.type === 'notice' ? [`${event.code} ${event.text}`] : []))).toEqual([
      'collapse 0.4',
      'collapse 0.2',
      'little-data 12',
    ]);
  });
});
