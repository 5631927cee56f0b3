// Migrations of a newer version than this one. Their names say which older versions may go on, so that every version can tell
// from the table of migrations alone, also of migrations that were written long after it:
//
// - without either of the suffixes below, the versions before may go on;
// - `_alone`: no version that does not know the migration may run;
// - `_after_N`: only versions that know the migration with the time stamp N may go on.
import { StartupError } from '../errors.ts';
import type { Logger } from '../log.ts';

/** In the name of a migration that replicas of the version before would not survive, or would spoil. */
const ALONE = '_alone';
/** In the name of one that only the versions from a certain migration on survive, such as dropping what is no longer written. */
const AFTER = /_after_(\d{14})/;

const stampOf = (name: string): string => /\d+/.exec(name)?.[0] ?? '';

/** Whether a version that knows the migrations `known`, and not `name`, must not run on a database that has it. */
export function excludes(name: string, known: readonly string[]): boolean {
  if (name.includes(ALONE)) return true;
  const after = AFTER.exec(name)?.[1];
  return after !== undefined && !known.some((each) => stampOf(each) === after);
}

/**
 * @param applied names of all migrations that the database has
 * @param known names of those that this version has
 * @throws StartupError DATABASE_NEWER
 */
export function requireCompatible(applied: readonly string[], known: readonly string[], log: Logger): void {
  const newer = applied.filter((name) => !known.includes(name));
  const excluding = newer.filter((name) => excludes(name, known));
  if (excluding.length > 0) {
    throw new StartupError(
      'DATABASE_NEWER',
      `a newer version of Waybill has changed this database (${excluding.join(', ')}), and this version must not run on ` +
        'it: start that version or a later one, or restore a backup from before',
    );
  }
  if (newer.length > 0)
    log.info({ newer }, 'a newer version has changed this database; this version may run beside it');
}
