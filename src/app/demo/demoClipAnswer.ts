/**
 * Scores of words for the demonstration: drawn from the words' letters, not from pictures. Nothing of it may be shown
 * as a result.
 */
import { imageIndex } from '../../shared/indices';
import type { ImportItem } from '../../session/protocol/commands';
import type { EventOf } from '../../session/protocol/events';
import type { Hit } from '../../session/clip/clipAnswer';

const bins = 24;

export function demoClipAnswer(
  texts: readonly string[],
  items: readonly ImportItem[],
  classCount: number,
): EventOf<'clipAnswer'> {
  const spread = (t: number, i: number): number =>
    0.08 + 0.2 * Math.abs(Math.sin(7 * i + 3 * (texts[t]?.length ?? 0) + t)) ** 3;
  const scores = texts.map((_, t) => items.map((__, i) => spread(t, i)));
  const [from, to] = [0.08, 0.28];
  const answers = scores.map((own, t) => {
    const order = [...own.keys()].toSorted((a, b) => (own[b] ?? 0) - (own[a] ?? 0));
    const hit = (image: number): Hit => {
      const label = items[image]?.label ?? -1;
      return {
        image: imageIndex(image),
        score: own[image] ?? 0,
        classIndex: label < 0 ? image % classCount : label,
        given: label >= 0,
      };
    };
    const counts = Array.from(
      { length: bins },
      (_, bin) =>
        own.filter((score) => Math.min(bins - 1, Math.floor(((score - from) / (to - from)) * bins)) === bin).length,
    );
    const won = own.filter((score, i) => scores.every((other, u) => (other[i] ?? 0) < score || u === t)).length;
    const text = texts[t] ?? '';
    return {
      text,
      read: text.length > 200 ? text.slice(0, 200) : null,
      best: order.slice(0, 12).map(hit),
      worst: order.slice(-6).toReversed().map(hit),
      median: own[order[own.length >> 1] ?? 0] ?? 0,
      counts,
      won,
    };
  });
  return {
    type: 'clipAnswer',
    result: { clip: 'clip-nano', standIn: true, pictures: items.length, from, to, texts: answers },
  };
}
