// Writes the migration from the schema of all earlier migrations to the one that the entities describe.
// Usage: npm run migration:create -- add-archived-state
import { startTemporary } from '../src/db/embedded/temporary.ts';
import { migrate } from '../src/db/migrate.ts';
import { createOrm } from '../src/db/orm.ts';
import { createLogger } from '../src/log.ts';
import { dropMadeByHand } from './drop-made-by-hand.ts';

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
  await dropMadeByHand(orm);
  const { fileName } = await orm.migrator.create(undefined, false, false, name);
  process.stdout.write(
    fileName === '' ? 'nothing has changed\n' : `migrations/${fileName}: read it before you commit it\n`,
  );
} finally {
  await orm.close();
  await server.stop();
}
