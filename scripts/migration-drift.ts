// Checks that the migrations create the schema that the entities describe: runs them on an empty database and asks
// MikroORM what it would still change. A forgotten migration, for a new state say, fails here.
import { startTemporary } from '../src/db/embedded/temporary.ts';
import { migrate } from '../src/db/migrate.ts';
import { createOrm } from '../src/db/orm.ts';
import { createLogger } from '../src/log.ts';
import { dropMadeByHand } from './drop-made-by-hand.ts';

// Written by hand in the first migration: entities cannot express a foreign key to a unique pair of plain columns.
const BY_HAND = 'alter table "idempotency_record" drop constraint "idempotency_record_answer_fk";';

const log = createLogger('warn');
const server = await startTemporary({ log, prefix: 'waybill-drift-' });
const orm = createOrm({ url: server.url, name: 'drift', max: 2 });
try {
  await migrate(orm, server.url, log);
  await dropMadeByHand(orm);
  const { up } = await orm.schema.getUpdateSchemaMigrationSQL({ wrap: false });
  const drift = up.replace(BY_HAND, '').trim();
  if (drift !== '') {
    process.stderr.write(`the entities need a migration (npm run migration:create -- name):\n${drift}\n`);
    process.exitCode = 1;
  }
} finally {
  await orm.close();
  await server.stop();
}
