// --exclude: which files of a folder are left out.
import { matchesGlob } from 'node:path';

/**
 * A pattern without a slash matches the last part of a name, of files and folders alike (`*.tmp`, `node_modules`); one
 * with a slash matches the whole name, which begins with the named folder (`photos/2024/*`).
 */
export function isExcluded(name: string, patterns: readonly string[]): boolean {
  const last = name.slice(name.lastIndexOf('/') + 1);
  return patterns.some((given) => {
    const pattern = given.replace(/\/$/, '');
    return matchesGlob(pattern.includes('/') ? name : last, pattern);
  });
}
