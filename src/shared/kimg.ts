const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** Thousands of images in words: "0.004 kimg", "0.04 kimg", "1.5 kimg", "1,200 kimg". */
export function formatKimg(kimg: number): string {
  const text =
    kimg < 0.0095
      ? Number(kimg.toPrecision(1)).toString()
      : kimg < 0.995
        ? Number(kimg.toFixed(2)).toString()
        : kimg < 99.5
          ? Number(kimg.toFixed(1)).toString()
          : whole.format(kimg);
  return `${text} kimg`;
}
