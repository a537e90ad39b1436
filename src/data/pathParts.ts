/** Parts of a path in a drop: its name, its name without the ending, and what stands before the name. */

export const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

export const stemOf = (path: string): string => nameOf(path).replace(/\.[^.]*$/, '');

/** The folder with its slash, to set a name behind; '' where it lies in none. */
export const prefixOf = (path: string): string => path.slice(0, path.lastIndexOf('/') + 1);
