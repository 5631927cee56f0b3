// The rooms of src/ in their order: a file may import from its own room and from rooms further down, never from one above.
// oxlint.config.ts and test/static-analysis.test.ts both read this list; docs/architecture.md says what happens in each.

/** Folders of src/, top to bottom. A room that a later issue builds is here before its first file. */
export const ROOMS = [
  'commands',
  'http',
  'graphql',
  'schema',
  'webhooks',
  'processing',
  'search',
  'uploads',
  'feed',
  'lifecycle',
  'auth',
  'jobs',
  'db',
  'entities',
  'fsm',
] as const;

/** Files of src/ above every room: they build the program, and nothing imports them but each other. */
export const TOP_FILES = [
  'main.ts',
  'program.ts',
  'build-base.ts',
  'build-core.ts',
  'build-api.ts',
  'build-worker.ts',
  'build-webhooks.ts',
];

/** Files of src/ that every room but fsm may import. They import each other only. */
export const OPEN_FILES = [
  'config.ts',
  'config-auth.ts',
  'config-limits.ts',
  'config-notify.ts',
  'config-page.ts',
  'config-values.ts',
  'config-variables.ts',
  'config-webhooks.ts',
  'create-directory.ts',
  'errors.ts',
  'log.ts',
  'ids.ts',
];

/** Folders beside src/, from which src/ imports nothing. */
export const OUTSIDE = ['test', 'scripts', 'bench', 'evidence', 'cli', 'web', 'packages', 'examples'];

/** The room of a file, or null if it lies in none. */
export function roomOf(path: string): (typeof ROOMS)[number] | null {
  return ROOMS.find((room) => path.startsWith(`src/${room}/`)) ?? null;
}

/** @returns why a file of src/ may not import another file of the repository, or null if it may */
export function refuseImport(from: string, to: string): string | null {
  if (OUTSIDE.some((folder) => to.startsWith(`${folder}/`))) return 'lies outside of src/';
  const fromLevel = levelOf(from);
  const toLevel = levelOf(to);
  if (toLevel === OPEN) return roomOf(from) === 'fsm' ? 'fsm imports nothing of ours' : null;
  if (fromLevel === OPEN) return 'files open to every room import no room';
  return toLevel < fromLevel ? 'lies further up' : null;
}

const OPEN = Infinity;

/** 0 for the top files, 1 and more for the rooms in their order, OPEN for files that stand outside of the order. */
function levelOf(path: string): number {
  if (TOP_FILES.some((file) => path === `src/${file}`)) return 0;
  const room = roomOf(path);
  return room === null ? OPEN : ROOMS.indexOf(room) + 1;
}
