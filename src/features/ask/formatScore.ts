/** A cosine with three decimals and a real minus sign: "0.312", "−0.040". */
export function formatScore(score: number): string {
  return score.toFixed(3).replace('-', '\u2212');
}
