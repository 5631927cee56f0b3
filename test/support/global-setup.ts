// One PostgreSQL for the whole run, the embedded one, with a migrated template that each test file clones.
import type { TestProject } from 'vitest/node';
import { startTemporary } from '../../src/db/embedded/temporary.ts';
import { createLogger } from '../../src/log.ts';
import { TEST_SETTINGS, migrateTemplate } from './template.ts';

export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  if (project.vitest.projects.every(({ name }) => name === 'unit')) return undefined;
  const server = await startTemporary({
    log: createLogger('silent'),
    prefix: 'waybill-test-',
    settings: TEST_SETTINGS,
  });
  await migrateTemplate(server.url);
  project.provide('templateUrl', server.url);
  return () => server.stop();
}
