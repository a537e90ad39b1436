/** The menu in the header: everything that can be done now, by group. Its list is loaded when it is first opened. */
import { Menu as MenuIcon } from 'lucide-react';
import { lazy, Suspense, useRef, useState } from 'react';

const CommandMenu = lazy(() => import('./CommandMenu').then((module) => ({ default: module.CommandMenu })));

export function HeaderMenu() {
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  return (
    <>
      <button
        ref={button}
        type="button"
        aria-haspopup="menu"
        aria-expanded={open}
        aria-label="Menu"
        title="Menu"
        onClick={() => setOpen(!open)}
        className="grid size-10 place-items-center rounded-control hover:bg-sunken"
      >
        <MenuIcon className="size-4" aria-hidden />
      </button>
      {open && (
        <Suspense fallback={null}>
          <CommandMenu anchor={button} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
