// One project per file suffix: `--project unit` needs nothing else; the other names say what they need.
import { findChromium } from './test/support/chromium-path.ts';
import { hasDebianPostgres } from './test/support/postgres-server.ts';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';

const chromium = findChromium();
if (chromium === undefined) {
  process.stderr.write('No Chromium on PATH or at CHROMIUM_PATH: the browser tests are left out.\n');
}
if (!hasDebianPostgres) {
  process.stderr.write(
    'No PostgreSQL 15 of Debian: the tests of the database run on the embedded PostgreSQL 18 only.\n',
  );
}

export default defineConfig({
  test: {
    // A process per file, so that no test affects another. Two workers: PostgreSQL and the servers need cores too.
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
          // Some start processes, of which a busy machine needs many seconds for each.
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      slow('pg'),
      ...(hasDebianPostgres ? [onPostgres15()] : []),
      slow('e2e'),
      slow('chaos', {}, 300_000),
      ...(chromium === undefined ? [] : [slow('browser', { CHROMIUM_PATH: chromium }, 300_000)]),
    ],
  },
});

function filesOf(kind: string): string {
  return `test/**/*.${kind}.test.ts`;
}

/** Tests that wait for processes, databases and deadlines. */
function slow(kind: string, env: Record<string, string> = {}, testTimeout = 120_000): TestProjectInlineConfiguration {
  return {
    test: {
      name: kind,
      include: [filesOf(kind)],
      env,
      testTimeout,
      hookTimeout: 120_000,
      // Of Vitest's own it is one second, which a busy machine takes for anything.
      expect: { poll: { timeout: 30_000 } },
    },
  };
}

/** The tests of the database once more, on the oldest PostgreSQL that is supported. */
function onPostgres15(): TestProjectInlineConfiguration {
  const { test } = slow('pg');
  return { test: { ...test, name: 'pg15', globalSetup: 'test/support/global-setup-15.ts' } };
}
