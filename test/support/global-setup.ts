// One PostgreSQL for the whole run, with a migrated template that each test file clones.
import type { TestProject } from 'vitest/node';
import { startTemporary } from '../../src/db/embedded/temporary.ts';
import { migrate } from '../../src/db/migrate.ts';
import { createOrm } from '../../src/db/orm.ts';
import { createLogger } from '../../src/log.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A migrated database that nobody may connect to: clones of it are cheap. */
    readonly templateUrl: string;
  }
}

export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  if (project.vitest.projects.every(({ name }) => name === 'unit')) return undefined;
  const log = createLogger('silent');
  const server = await startTemporary({ log, prefix: 'waybill-test-', settings: { max_connections: '300' } });
  const orm = createOrm({ url: server.url, name: 'template', max: 2 });
  await migrate(orm, server.url, log);
  await orm.close();
  project.provide('templateUrl', server.url);
  return () => server.stop();
}
