/**
 * What names say about files: which are certainly pictures, which are made by systems, and in plain words what others
 * are. A name is a short cut only: what it does not tell is told by the content (sniff.ts).
 */

const PICTURE =
  /\.(?:png|apng|jpe?g|jpe|jfif|jfi|pjpeg|pjp|webp|gif|bmp|dib|avif|tiff?|heic|heif|hif)(?:_(?:large|small|orig|thumb))?~?$/i;
/** Also folders of a network storage's thumbnails (Synology's "@eaDir") and of what was thrown away. */
const SYSTEM_NAMES = new Set([
  'thumbs.db',
  'desktop.ini',
  'icon\r',
  '$recycle.bin',
  'system volume information',
  '@eadir',
  '#recycle',
  '@recycle',
  '@recently-snapshot',
  'lost+found',
]);

/** Files inside of archives that may be larger than a picture. */
const INNER = /\.(?:zip|tar|tgz|gz|npz|npy|bin|csv|tsv|jsonl?|txt)(?:\.\d{2,4})?$|\.z\d\d$|-ubyte$/i;
export const isInnerFile = (path: string): boolean => INNER.test(path);

/** Formats that people have pictures in and that are not read here: what it is, and what to do. */
const foreign: readonly (readonly [RegExp, string])[] = [
  [/\.(?:cr2|cr3|nef|arw|dng|raf|orf|rw2|raw|srw|pef)$/i, 'a camera’s raw file; export it as JPEG or PNG'],
  [/\.(?:psd|psb|xcf|kra|ai|sketch)$/i, 'a project of a drawing program; export it as PNG'],
  [/\.svgz?$/i, 'an SVG drawing, not pixels; save it as PNG'],
  [
    /\.(?:jp2|j2k|jpf|jpx|jxl|jxr|wdp|eps|ico|cur|icns|tga|dds|exr|hdr|ppm|pgm|pbm|pnm|pcx|xbm|xpm|fits?)$/i,
    'a kind of picture that browsers do not read; save it as PNG or JPEG',
  ],
  [
    /\.(?:dcm|dicom|nii|nrrd|mha|svs|ndpi|czi|lif|nd2)$/i,
    'a medical or microscope format; export its pictures as PNG or TIFF',
  ],
  [/\.(?:mp4|mov|avi|mkv|webm|m4v|wmv|mpe?g)$/i, 'a video; save its pictures first'],
  [
    /\.(?:parquet|arrow|feather)$/i,
    'a table in Parquet or Arrow, which is not read here; save its pictures as files, and its labels as CSV',
  ],
  [/\.(?:xlsx?|ods|numbers)$/i, 'a spreadsheet; save it as CSV'],
  [
    /\.(?:h5|hdf5|hdf|mat)$/i,
    'an HDF5 or MATLAB file, which is not read here; save its arrays as .npz, or its pictures as PNG',
  ],
  [
    /\.(?:tfrecords?(?:-\d+-of-\d+)?|rec|mdb|lmdb|ffcv|beton)$/i,
    'a record file of a training library, which is not read here; save its pictures as files',
  ],
  [
    /\.(?:pkl|pickle|pth?|ckpt|joblib)$/i,
    'a Python pickle, which could run any program and is not opened; save its arrays as .npz, or its pictures as PNG',
  ],
  [
    /\.(?:7z|rar|bz2|xz|zst|lz4|cab|arj|iso|dmg)$/i,
    'an archive of a kind that is not opened here; unpack it, and drop the folder',
  ],
  [/\.(?:docx?|pptx?|pdf|odt)$/i, 'a document, not a picture'],
  [/\.(?:lnk|url|webloc|desktop)$/i, 'a shortcut to something else; drop what it leads to'],
  [/\.(?:x?html?|mhtml?)$/i, 'a web page; drop the folder with its pictures'],
];

/** What a name says that a file is, where it is not read here; or null. */
export function foreignName(path: string): string | null {
  return foreign.find(([pattern]) => pattern.test(path))?.[1] ?? null;
}

export const isPictureName = (path: string): boolean => PICTURE.test(path);

/** Why a folder is not entered at all, or null. `name` is a single segment. */
export function skipFolderReason(name: string): string | null {
  if (name === '__MACOSX') return 'made by macOS, holds no pictures';
  if (name.startsWith('.') && name !== '.' && name !== '..') return 'hidden';
  return SYSTEM_NAMES.has(name.toLowerCase()) ? 'made by the system' : null;
}

/**
 * Why a file is left out by its path alone, or null. A path ending in '/' stands for an empty folder.
 * @param shown leading folders that all files share: what hides all hides nothing
 */
export function pathReason(path: string, shown = 0): string | null {
  const segments = path.split('/').filter((segment) => segment !== '' && segment !== '.');
  for (const segment of segments.slice(shown)) {
    const reason = segment.startsWith('._') ? 'made by macOS, holds no pictures' : skipFolderReason(segment);
    if (reason !== null) return reason;
  }
  return path.endsWith('/') ? 'an empty folder' : null;
}

/** Why a file whose content nobody has looked at is left out, or null for a picture. */
export function ignoreReason(path: string, shown = 0): string | null {
  const reason = pathReason(path, shown);
  if (reason !== null) return reason;
  return isPictureName(path) ? null : (foreignName(path) ?? 'not a picture');
}
