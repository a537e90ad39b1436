/** Numbers in words that fit a small space: counts, shares, durations, losses. English; digits grouped. */

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

export function formatCount(count: number): string {
  return whole.format(count);
}

const forms = new Intl.PluralRules('en-US');

/** "1 picture", "5,410 pictures". */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${whole.format(count)} ${forms.select(count) === 'one' ? one : many}`;
}

/** A share in [0, 1] as a percentage: "0.4%", "12%". */
export function formatShare(share: number): string {
  const percent = share * 100;
  if (percent > 0 && percent < 0.1) return '<0.1%';
  return `${percent < 9.95 && percent !== Math.round(percent) ? percent.toFixed(1) : Math.round(percent)}%`;
}

/** Seconds as "40 s", "12 min", "2 h 05 min", "3 d 4 h", "63 d", "7 years". */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return 'unknown';
  if (seconds < 59.5) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ${String(minutes % 60).padStart(2, '0')} min`;
  const days = hours / 24;
  if (days >= 730) return plural(Math.round(days / 365), 'year');
  return days >= 30 ? `${whole.format(days)} d` : `${Math.floor(days)} d ${hours % 24} h`;
}

/** A measured value in about four figures, with a real minus sign: "0.6931", "-12.40", "1.2e-5". */
export function formatValue(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  const text =
    size !== 0 && (size < 1e-3 || size >= 1e5)
      ? value.toExponential(1)
      : value.toFixed(size < 10 ? 3 : size < 100 ? 2 : size < 1000 ? 1 : 0);
  return text.replace('-', '\u2212').replace('e\u2212', 'e-').replace('e+', 'e');
}

/** A count with a short suffix: "950", "1.2 M", "10 M". */
export function formatShort(count: number): string {
  if (count < 1000) return String(Math.round(count));
  const [value, unit] = count < 1e6 ? [count / 1e3, 'k'] : count < 1e9 ? [count / 1e6, 'M'] : [count / 1e9, 'G'];
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${unit}`;
}
