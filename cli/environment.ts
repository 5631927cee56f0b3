// The only reader of the environment in the command line. An empty value counts as unset.
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

export interface Environment {
  /** WAYBILL_URL */
  readonly url: string | null;
  /** WAYBILL_TOKEN */
  readonly token: string | null;
  /** Where uploads that are under way are remembered. */
  readonly stateDir: string;
  /** The terminal cannot move its cursor. */
  readonly isDumb: boolean;
}

type Variables = Readonly<Record<string, string | undefined>>;

/** https://specifications.freedesktop.org/basedir-spec/latest/: a path that is not absolute is to be ignored. */
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
