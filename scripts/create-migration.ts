// Writes the migration that brings the schema of all earlier ones to what the entities describe now.
// Usage: npm run migration:create -- add-archived-state
import { startTemporary } from '../src/db/embedded/temporary.ts';
import { migrate } from '../src/db/migrate.ts';
import { createOrm } from '../src/db/orm.ts';
import { createLogger } from '../src/log.ts';

const [name] = process.argv.slice(2);
if (name === undefined || !/^[a-z][a-z0-9-]*$/.test(name)) {
  process.stderr.write('usage: npm run migration:create -- name-of-the-change\n');
  process.exit(1);
}

const log = createLogger('warn');
const server = await startTemporary({ log, prefix: 'waybill-migration-' });
const orm = createOrm({ url: server.url, name: 'create-migration', max: 2 });
try {
  await migrate(orm, server.url, log);
  const { fileName } = await orm.migrator.create(undefined, false, false, name);
  process.stdout.write(
    fileName === '' ? 'nothing has changed\n' : `migrations/${fileName}: read it before you commit it\n`,
  );
} finally {
  await orm.close();
  await server.stop();
}
