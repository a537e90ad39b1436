/** The colored mark of a class before its name. Purely decorative: the name says it all. */
import { classColor } from './classColor';

export function ClassMark({ classIndex }: { classIndex: number }) {
  return (
    <span
      aria-hidden
      className="inline-block size-2.5 shrink-0 rounded-[3px]"
      style={{ background: classColor(classIndex) }}
    />
  );
}
