/** The studio's mark: four tiles, one of them still forming out of smaller ones. */
export function Logo({ className = '' }: { className?: string }) {
  return (
    <svg viewBox="0 0 32 32" className={className} aria-hidden>
      <rect x="3" y="3" width="12" height="12" rx="3" fill="var(--accent)" />
      <rect x="17" y="3" width="12" height="12" rx="3" fill="var(--accent)" opacity="0.55" />
      <rect x="3" y="17" width="12" height="12" rx="3" fill="var(--accent)" opacity="0.75" />
      <g fill="var(--accent)">
        <rect x="17" y="17" width="5.25" height="5.25" rx="1.5" />
        <rect x="23.75" y="17" width="5.25" height="5.25" rx="1.5" opacity="0.4" />
        <rect x="17" y="23.75" width="5.25" height="5.25" rx="1.5" opacity="0.6" />
        <rect x="23.75" y="23.75" width="5.25" height="5.25" rx="1.5" opacity="0.85" />
      </g>
    </svg>
  );
}
