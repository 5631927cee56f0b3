// bin/service runs in production mode, for the packages that look at NODE_ENV; a user who has not asked for it sees nothing of it.
import { expect, it } from 'vitest';
import { send } from '../support/client.ts';
import { createDatabase } from '../support/database.ts';
import { startScript } from '../support/process.ts';

it.each([
  ['suggests names', {}, /Did you mean/],
  ['suggests none where NODE_ENV=production says so', { NODE_ENV: 'production' }, /^[^?]*$/],
])('%s', async (_what, env: Record<string, string>, expected) => {
  const database = await createDatabase();
  const own = {
    DATABASE_URL: database.url,
    WAYBILL_DATA_DIR: database.dataDir,
    WAYBILL_PROCESSING: 'external',
    ...env,
  };
  const waybill = await startScript('../bin/service', own);
  try {
    const { errors } = await send(waybill.url, '{ file(id: "x") { nam } }');
    expect(errors?.[0]?.message).toMatch(expected);
  } finally {
    await waybill.end('SIGTERM');
    await database.drop();
  }
});
