/**
 * The one button. `primary` for the single main action of a place, `secondary` beside it, `quiet` for tools, `danger`
 * for what ends something. While `pending` it keeps its name and the focus, and cannot be pressed again.
 */
import type { LucideIcon } from 'lucide-react';
import { LoaderCircle } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { Button as AriaButton } from 'react-aria-components/Button';

export interface ButtonProps {
  children: string;
  variant?: 'primary' | 'secondary' | 'quiet' | 'danger' | undefined;
  size?: 'small' | 'medium' | 'large' | undefined;
  icon?: LucideIcon | undefined;
  /** Shows only the icon; `children` is then the accessible name and the tooltip. */
  iconOnly?: boolean | undefined;
  /** Shown behind the name, for shortcuts. */
  hint?: string | undefined;
  pending?: boolean | undefined;
  disabled?: boolean | undefined;
  type?: 'button' | 'submit' | undefined;
  /** Takes the focus when it appears: the safe answer of a question. */
  focusFirst?: boolean | undefined;
  describedBy?: string | undefined;
  className?: string | undefined;
  onPress?: (() => void) | undefined;
}

const variants = {
  primary: 'bg-accent text-accent-ink border-transparent hover:bg-accent-hover',
  secondary: 'bg-raised text-ink border-line-strong hover:border-ink',
  quiet: 'bg-transparent text-ink border-transparent hover:bg-sunken',
  danger: 'bg-raised text-bad border-line-strong hover:border-bad',
};
const sizes = {
  small: 'min-h-8 px-3 text-sm gap-1.5',
  medium: 'min-h-10 px-4 text-sm gap-2',
  large: 'min-h-12 px-6 text-base gap-2',
};
const squares = { small: 'size-8 shrink-0', medium: 'size-10 shrink-0', large: 'size-12 shrink-0' };

export function Button(props: ButtonProps) {
  const {
    children,
    variant = 'secondary',
    size = 'medium',
    icon: Icon,
    iconOnly = false,
    hint,
    pending = false,
    disabled = false,
    focusFirst = false,
  } = props;
  const element = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (focusFirst) element.current?.focus();
  }, [focusFirst]);
  const shape = iconOnly ? squares[size] : sizes[size];
  const look = `inline-flex max-w-full items-center justify-center rounded-control border font-semibold select-none sm:shrink-0 sm:whitespace-nowrap transition-colors ${variants[variant]} ${shape}`;
  const off = disabled ? 'opacity-50 pointer-events-none' : pending ? 'opacity-70' : '';
  return (
    <AriaButton
      type={props.type ?? 'button'}
      className={`${look} ${off} ${props.className ?? ''}`}
      isDisabled={disabled}
      isPending={pending}
      ref={element}
      aria-label={iconOnly ? children : undefined}
      aria-describedby={props.describedBy}
      {...(props.onPress ? { onPress: props.onPress } : {})}
    >
      {pending ? (
        <LoaderCircle className="size-4 animate-spin" aria-hidden />
      ) : (
        Icon && <Icon className="size-4" aria-hidden />
      )}
      {!iconOnly && <span>{children}</span>}
      {hint && !iconOnly && (
        <kbd
          aria-hidden
          className="ms-1 hidden rounded border border-current px-1 font-sans text-xs font-medium opacity-80 lg:inline"
        >
          {hint}
        </kbd>
      )}
    </AriaButton>
  );
}
