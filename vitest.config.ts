// One project per suffix, so that `--project unit` needs nothing and the others say by their name what they use.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';

const chromium = findChromium();
if (chromium === undefined) {
  process.stderr.write('No Chromium on PATH or at CHROMIUM_PATH: the browser tests are left out.\n');
}

export default defineConfig({
  test: {
    // A process per file: what a test leaks or kills stays its own. Two, as PostgreSQL and the servers need room too.
    pool: 'forks',
    maxWorkers: 2,
    // On the root, not on the projects: one PostgreSQL for the whole run.
    globalSetup: 'test/support/global-setup.ts',
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['pg', 'e2e', 'chaos', 'browser'].map(filesOf),
        },
      },
      slow('pg'),
      slow('e2e'),
      slow('chaos'),
      ...(chromium === undefined ? [] : [slow('browser', { CHROMIUM_PATH: chromium })]),
    ],
  },
});

function filesOf(kind: string): string {
  return `test/**/*.${kind}.test.ts`;
}

/** Tests that wait for processes, databases and deadlines. */
function slow(kind: string, env: Record<string, string> = {}): TestProjectInlineConfiguration {
  return {
    test: { name: kind, include: [filesOf(kind)], env, testTimeout: 60_000, hookTimeout: 60_000 },
  };
}

/** The path of a Chromium to drive; the browser tests find it in CHROMIUM_PATH. */
function findChromium(): string | undefined {
  const onPath = (process.env.PATH ?? '')
    .split(delimiter)
    .flatMap((folder) => ['chromium', 'google-chrome'].map((name) => join(folder, name)));
  return [process.env.CHROMIUM_PATH, ...onPath, '/usr/bin/chromium'].find(isExecutable);
}

function isExecutable(path: string | undefined): path is string {
  if (!path) return false;
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
