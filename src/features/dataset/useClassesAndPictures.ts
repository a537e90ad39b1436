/** Numbers of classes and pictures, for estimates of what training takes. */
import { useStudioState } from '../../state/studioContext';

/** At least one class: a run needs it, and one may still be named. */
export function useClassesAndPictures(): [classes: number, pictures: number] {
  const read = useStudioState((state) => state.source?.reading.classes.length ?? 1);
  const classes = useStudioState((state) => state.dataset?.classes.length);
  const pictures = useStudioState((state) => state.source?.reading.items.length ?? 0);
  return [Math.max(1, classes ?? read), pictures];
}
