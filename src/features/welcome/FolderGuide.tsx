/** How to arrange a folder, as a small tree. */
import { Folder } from 'lucide-react';
import type { ReactNode } from 'react';
import { ClassMark } from '../../ui/ClassMark';

function Row({ depth, name, mark, children }: { depth: number; name: string; mark?: ReactNode; children?: ReactNode }) {
  return (
    <li className="flex items-center gap-2 py-1 text-sm" style={{ paddingInlineStart: `${depth * 20}px` }}>
      <Folder className="size-4 shrink-0 text-muted" aria-hidden />
      <span className="font-mono">{name}</span>
      {mark}
      <span className="ms-auto text-end text-xs text-muted">{children}</span>
    </li>
  );
}

export function FolderGuide() {
  return (
    <section aria-labelledby="guide-title" className="min-w-0">
      <h2 id="guide-title" className="text-base font-semibold">
        How to arrange the folder
      </h2>
      <ul className="mt-2 divide-y divide-line">
        <Row depth={0} name="animals" />
        <Row depth={1} name="cat" mark={<ClassMark classIndex={0} />}>
          pictures labeled “cat”
        </Row>
        <Row depth={1} name="dog" mark={<ClassMark classIndex={1} />}>
          pictures labeled “dog”
        </Row>
        <Row depth={1} name="unlabeled">
          all the others, unsorted
        </Row>
      </ul>
      <p className="mt-2 text-sm text-muted">
        A few labels in each class are enough; labels for the others are inferred.
      </p>
    </section>
  );
}
