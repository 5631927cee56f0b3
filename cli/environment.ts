// The only file of the command line that reads the environment. An empty value counts as unset.
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

export interface Environment {
  /** WAYBILL_URL */
  readonly url: string | null;
  /** WAYBILL_TOKEN */
  readonly token: string | null;
  /** Directory that remembers uploads in progress. */
  readonly stateDir: string;
  /** The terminal cannot move its cursor. */
  readonly isDumb: boolean;
}

type Variables = Readonly<Record<string, string | undefined>>;

/** https://specifications.freedesktop.org/basedir-spec/latest/: relative paths are ignored. */
function findStateDir({ XDG_STATE_HOME: given = '', LOCALAPPDATA: windows = '' }: Variables): string {
  if (isAbsolute(given)) return join(given, 'waybill');
  return windows === '' ? join(homedir(), '.local', 'state', 'waybill') : join(windows, 'waybill');
}

export function readEnvironment(variables: Variables = process.env): Environment {
  return {
    url: variables['WAYBILL_URL'] || null,
    token: variables['WAYBILL_TOKEN'] || null,
    stateDir: findStateDir(variables),
    isDumb: variables['TERM'] === 'dumb',
  };
}
