/** The kind of file that a film is saved as. */
import { Segmented } from './Segmented';

export interface FilmChoiceProps {
  value: 'mp4' | 'webp';
  onChange: (kind: 'mp4' | 'webp') => void;
}

export function FilmChoice({ value, onChange }: FilmChoiceProps) {
  return (
    <Segmented
      label="Kind of film"
      options={[
        { value: 'mp4', label: 'MP4' },
        { value: 'webp', label: 'WebP' },
      ]}
      value={value}
      onChange={onChange}
    />
  );
}
