// Debian's PostgreSQL 15 as it ships, for the tests of the database that run on it too.
import type { TestProject } from 'vitest/node';
import { ensureDatabase } from '../../src/db/embedded/database.ts';
import { startPostgresServer } from './postgres-server.ts';
import { TEST_SETTINGS, migrateTemplate } from './template.ts';

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startPostgresServer({ settings: TEST_SETTINGS });
  const url = await ensureDatabase(server.port, 'everybody is trusted');
  await migrateTemplate(url);
  project.provide('templateUrl', url);
  return () => server.remove();
}
