/** Every file that is not used, by name and with its reason: nothing is left out silently. */
import { useStudioState } from '../../state/studioContext';
import { Disclosure } from '../../ui/Disclosure';
import { formatCount, plural } from '../../ui/format';
import { ScrollArea } from '../../ui/ScrollArea';

/** Names shown in a list; the rest is told as a number, because a page with 100,000 lines helps nobody. */
const listed = 500;

function FileList({ files }: { files: readonly { path: string; reason: string }[] }) {
  return (
    <ScrollArea label="Files" className="max-h-64 rounded-control border border-line">
      <ul className="divide-y divide-line text-sm">
        {files.slice(0, listed).map(({ path, reason }) => (
          <li key={path} className="flex flex-wrap justify-between gap-x-4 px-3 py-1.5">
            <span className="min-w-0 font-mono text-xs leading-5 break-all">{path}</span>
            <span className="text-muted">{reason}</span>
          </li>
        ))}
      </ul>
      {files.length > listed && (
        <p className="border-t border-line px-3 py-2 text-sm text-muted">
          and {formatCount(files.length - listed)} more
        </p>
      )}
    </ScrollArea>
  );
}

export function LeftOut() {
  const source = useStudioState((state) => state.source);
  const broken = useStudioState((state) => state.dataset?.broken);
  const early = useStudioState((state) => state.leftOut);
  const ignored = source ? source.reading.ignored : early;
  return (
    <div className="grid gap-2 empty:hidden">
      {broken && broken.length > 0 && (
        <Disclosure open={broken.length <= 5} summary={`${plural(broken.length, 'picture')} could not be read`}>
          <FileList files={broken} />
        </Disclosure>
      )}
      {ignored.length > 0 && (
        <Disclosure
          open={!source}
          summary={`${plural(ignored.length, 'file or folder', 'files and folders')} left out`}
        >
          <FileList files={ignored} />
        </Disclosure>
      )}
    </div>
  );
}
