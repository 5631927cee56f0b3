// How a child is started: the words before and after `node` that take network, files, environment and memory away from it.
// docs/adr/0019 says what holds on which system.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { ProcessingLimits } from '../limits.ts';
import type { ModuleToLoad, Needs } from './messages.ts';

/** What the operating system adds to Node's permissions, strongest first. */
export interface Isolation {
  readonly name: 'namespaces' | 'namespaces-without-proc' | 'process-group';
  /** Own network (with no interface), and own process ids: what a child starts ends with it, whatever it does. */
  readonly unshare: readonly string[] | null;
  /** The kernel kills the child when this process dies. */
  readonly setpriv: boolean;
}

const UNSHARE = ['--user', '--ipc', '--uts', '--pid', '--fork', '--kill-child'];
const WITH_PROC = [...UNSHARE, '--mount-proc'];

export const ISOLATIONS: readonly Isolation[] =
  process.platform === 'linux'
    ? [
        { name: 'namespaces', unshare: WITH_PROC, setpriv: true },
        // A container hides parts of its /proc, and then nobody may mount another one.
        { name: 'namespaces-without-proc', unshare: UNSHARE, setpriv: true },
        { name: 'process-group', unshare: null, setpriv: true },
        { name: 'process-group', unshare: null, setpriv: false },
      ]
    : [{ name: 'process-group', unshare: null, setpriv: false }];

/** The weakest that may be taken; `best`: whatever works. */
export type RequiredIsolation = 'best' | Exclude<Isolation['name'], 'process-group'>;

/** Those that are at least as strong. None, where this system has none. */
export function isolationsFrom(
  required: RequiredIsolation,
  all: readonly Isolation[] = ISOLATIONS,
): readonly Isolation[] {
  if (required === 'best') return all;
  return all.slice(0, all.findLastIndex(({ name }) => name === required) + 1);
}

/** What the children that run a group of processors have in common. */
export interface Profile {
  readonly needs: Needs;
  readonly modules: readonly ModuleToLoad[];
  /** The variables that it needs, with their values. */
  readonly env: Readonly<Record<string, string>>;
}

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const MAIN = join(import.meta.dirname, 'child/main.ts');
const SOURCE = join(import.meta.dirname, '../..');
const MIB = 1024 * 1024;
const KIB = 1024;
// V8 reserves 512 MiB for code, and threads their stacks, which the kernel counts as data although they are not used.
const RESERVED_BYTES = 768 * MIB;
const OPEN_FILES = 256;
// Sizes in KiB. No core, which would hold other files' bytes; no file is written; the last one keeps a child from taking
// more between two looks at its memory than it may have. A system that knows no such limit does without it.
const LIMIT =
  'ulimit -c 0; ulimit -f 0; ulimit -n "$1"; ulimit -d "$2" 2>/dev/null; shift 2; unset PWD OLDPWD SHLVL; exec "$@"';
/** For the programs that processors start. */
const PATH = '/usr/local/bin:/usr/bin:/bin';

/** @param directory of the files that the child will be given */
export function buildCommand(
  isolation: Isolation,
  profile: Profile,
  limits: ProcessingLimits,
  directory: string,
): Command {
  const { needs } = profile;
  const readable = readableBy(profile);
  const dataKib = Math.ceil((limits.memoryBytes + RESERVED_BYTES) / KIB);
  const addons = readable.filter((path) => path.endsWith('/'));
  const lock = { network: needs.network, programs: needs.programs, addons };
  return {
    program: '/bin/sh',
    args: [
      '-c',
      LIMIT,
      'sh',
      String(OPEN_FILES),
      String(dataKib),
      ...(isolation.setpriv ? ['setpriv', '--pdeathsig=KILL', '--no-new-privs'] : []),
      ...(isolation.unshare === null
        ? []
        : ['unshare', ...(needs.network ? [] : ['--net']), ...isolation.unshare, '--']),
      process.execPath,
      ...nodeFlags(needs, [...readable, `${directory}/`], limits),
      MAIN,
      JSON.stringify(lock),
    ],
    // A fixed time zone: the same bytes are to give the same findings everywhere.
    env: { TZ: 'UTC', ...(needs.programs && { PATH }), ...profile.env },
  };
}

/** Files, and folders with a slash at the end: the source, and what the modules are made of. */
function readableBy({ modules }: Profile): readonly string[] {
  return [...new Set([`${SOURCE}/`, ...[MAIN, ...modules.map(pathOf)].flatMap(readableFor)])];
}

function nodeFlags(needs: Needs, readable: readonly string[], limits: ProcessingLimits): string[] {
  return [
    '--permission',
    ...readable.map((path) => `--allow-fs-read=${path}`),
    // sharp is one. An uploaded file cannot be loaded as one, see child/lock-addons.ts.
    '--allow-addons',
    ...(needs.programs ? ['--allow-child-process'] : []),
    // From Node 25 on.
    ...(needs.network && process.allowedNodeEnvironmentFlags.has('--allow-net') ? ['--allow-net'] : []),
    `--max-old-space-size=${Math.ceil(limits.heapBytes / MIB)}`,
    '--max-semi-space-size=8',
    '--disable-sigusr1',
    '--disable-warning=ExperimentalWarning',
    '--disable-warning=SecurityWarning',
  ];
}

const pathOf = ({ url }: ModuleToLoad): string => fileURLToPath(url);

/** What importing a module reads: its folder, and the packages and package.json files of the folders above. */
function readableFor(module: string): string[] {
  const folder = dirname(module);
  const above: string[] = [];
  for (let at = folder; ; at = dirname(at)) {
    above.push(join(at, 'node_modules/'), join(at, 'package.json'));
    if (at === dirname(at)) break;
  }
  return [`${folder}/`, ...above.filter((path) => existsSync(path))];
}

export const moduleUrl = (path: string): string => pathToFileURL(path).href;
