export function importsOf(path: string, source: string): { from: string; names: string[]; start: number }[];
export function kernelLabels(path: string, source: string): string[];
export function usesOf(path: string, source: string, globals: readonly string[]): number[];
