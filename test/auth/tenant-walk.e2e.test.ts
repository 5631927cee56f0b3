// Two tenants, and every place of the schema where one can name what is the other's. Once as the application confines them,
// and once with its tenant conditions taken out of every statement: then row-level security is all that is left.
import { readFileSync } from 'node:fs';
import { buildSchema } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Instance } from '../support/instance.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { connectAs, requestAs, sendAs, sign, startSignedIn } from '../support/sign-in.ts';
import { APP_ROLE } from '../support/template.ts';
import { type Asked, type Belongings, MARK, NEVER_FILE, fillTenant } from '../support/tenant-walk/belongings.ts';
import { type Place, operationOf, placesOf, rootFieldsOf } from '../support/tenant-walk/operations.ts';
import { type WatchedStatements, watchStatements } from '../support/tenant-walk/statements.ts';

const schema = buildSchema(readFileSync('schema.graphql', 'utf8'));
const RED = 'tenant-red';
const BLUE = 'tenant-blue';

/** Queries that show their caller its own files or keys: so that an empty answer says something. */
const SHOWS = ['apiKeys', 'file', 'files', 'node', 'searchFiles', 'webhooks'];
const SHOWS_NOTHING = ['feedCursor', 'fileCounts', 'lifecycle', 'operations', 'tenantUsage', 'viewer'];

interface Side {
  readonly waybill: Instance;
  readonly red: string;
  readonly blue: string;
  readonly belongings: Belongings;
  readonly watched: WatchedStatements;
}

async function open(env: Record<string, string>, isUnconfined: boolean): Promise<Side> {
  const watched = watchStatements({
    tenant: BLUE,
    isUnconfined,
    // What blue has sent itself is in its own rows.
    isForeign: (row) => (row.includes(MARK) || row.includes(RED)) && !row.includes(BLUE),
  });
  const store = new MemoryStore();
  const waybill = await startSignedIn({ store, env: { WAYBILL_MAX_COST: '1000000000', ...env } });
  const [red, blue] = await Promise.all([sign({ tenant: RED }), sign({ tenant: BLUE })]);
  return { waybill, red, blue, watched, belongings: await fillTenant(waybill, store, red, RED) };
}

async function close({ waybill, watched }: Side): Promise<void> {
  await waybill.stop();
  watched.stop();
}

/** MikroORM writes values into its statements. */
const kindsOf = (statements: readonly string[]): string =>
  statements.map((each) => each.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'UUID')).join('\n');

/** An answer without what was sent, and without what is new each time. */
const normalise = (answer: unknown, { value }: { value: unknown }): string =>
  masked(answer, value)
    .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'UUID')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replaceAll(/wbk_[\w-]+/g, 'SECRET')
    .replaceAll(/whsec_[\w+/=]+/g, 'SECRET')
    .replaceAll(/\?[^"]*/g, '?QUERY');

function masked(answer: unknown, value: unknown): string {
  const sent = typeof value === 'string' ? [value] : Object.values(value as Record<string, string>);
  return [...sent, ...sent.map((each) => each.replace(/^\w+_([0-9a-f-]{36}).*$/, '$1'))].reduce(
    (text, each) => text.replaceAll(each, 'SENT'),
    JSON.stringify(answer),
  );
}

describe.each([
  ['confined by the application', {}, false],
  ['confined by row-level security alone', { WAYBILL_DATABASE_ROLE: APP_ROLE }, true],
] as const)('two tenants, %s', (_what, env, isUnconfined) => {
  let side: Side;
  beforeAll(async () => {
    side = await open(env, isUnconfined);
  });
  afterAll(() => close(side));

  const ask = async (place: Place, { value }: { value: unknown }, id: string, token: string): Promise<unknown> =>
    await sendAs(
      side.waybill.url,
      token,
      operationOf(schema, place.type, place.field, { id, path: place.path, value }),
    );

  /** @returns the answers that differ from what is said of something that never was, or show something of the other */
  async function findFaults(place: Place, asked: Asked): Promise<string[]> {
    const { belongings, blue, watched } = side;
    watched.take();
    const answer = await ask(place, asked, belongings.fileId, blue);
    const statements = watched.take();
    const text = masked(answer, asked.value);
    const isShown = [...belongings.secrets, ...(place.type === 'Query' ? [MARK, RED] : [])].some((each) =>
      text.includes(each),
    );
    const name = `${place.type}.${place.field}(${place.path.join('.')}: ${JSON.stringify(asked.value)})`;
    const faults = isShown ? [`${name} shows ${text}`] : [];
    if (text.includes('INTERNAL') || text.includes('unexpected')) faults.push(`${name}: ${text}`);
    if (asked.twin === null) return faults;
    const never = await ask(place, { value: asked.twin }, NEVER_FILE, blue);
    const same = [normalise(answer, asked), normalise(never, { value: asked.twin })];
    if (same[0] !== same[1]) faults.push(`${name}: ${same[0]} is not ${same[1]}`);
    const ofNever = watched.take();
    if (place.kind === 'ID' && kindsOf(statements) !== kindsOf(ofNever)) faults.push(`${name} sends other statements`);
    return faults;
  }

  const walk = async (type: string): Promise<{ asked: number; faults: string[] }> => {
    const faults: string[] = [];
    let asked = 0;
    for (const place of placesOf(schema).filter((each) => each.type === type)) {
      for (const value of side.belongings.values[place.kind]) {
        asked += 1;
        faults.push(...(await findFaults(place, value)));
      }
    }
    return { asked, faults };
  };

  it('queries show nothing of the other', async () => {
    const { asked, faults } = await walk('Query');
    expect(faults).toEqual([]);
    expect(asked).toBeGreaterThan(50);
    const names = rootFieldsOf(schema).flatMap(({ type, field }) => (type === 'Query' ? [field.name] : []));
    expect(names.toSorted()).toEqual([...SHOWS, ...SHOWS_NOTHING].toSorted());
  });

  it('queries without arguments show nothing of the other, and their owner its own', async () => {
    const { waybill, red, blue, belongings } = side;
    for (const field of [...SHOWS, ...SHOWS_NOTHING]) {
      const [value, path] = field === 'searchFiles' ? [`${MARK}word`, ['query']] : [belongings.complete, []];
      const query = operationOf(schema, 'Query', field, { id: belongings.complete, path, value });
      const answer = await sendAs(waybill.url, blue, query);
      expect(masked(answer, value), field).not.toContain(MARK);
      expect(JSON.stringify(answer), field).not.toContain(RED);
      const own = JSON.stringify(await sendAs(waybill.url, red, query));
      expect(own.includes(`${MARK} `), `${field}: ${own}`).toBe(SHOWS.includes(field));
    }
    const counts = '{ fileCounts { state count } }';
    type Counts = { fileCounts: { count: number }[] };
    const ofBlue = await requestAs<Counts>(waybill.url, blue, counts);
    expect(ofBlue.fileCounts.every(({ count }) => count === 0)).toBe(true);
  });

  it('subscriptions are as of files that never were, and changes are of their own', async () => {
    const { waybill, red, blue, belongings } = side;
    const { client } = connectAs(waybill.url, { authorization: `Bearer ${blue}` });
    for (const place of placesOf(schema).filter(({ type, path }) => type === 'Subscription' && path[0] === 'id')) {
      const first = async (id: string): Promise<string> => {
        const query = operationOf(schema, 'Subscription', place.field, { id, path: place.path, value: id });
        return normalise((await client.iterate({ query }).next()).value, { value: id });
      };
      const never = await first(NEVER_FILE);
      for (const id of belongings.files) expect(await first(id), place.field).toBe(never);
    }
    const cursor = String(belongings.values.Cursor[0]!.value);
    const ids = belongings.files;
    const heard: string[] = [];
    const listen = async (args: string): Promise<void> => {
      const query = `subscription { fileChanges(${args}) { __typename ... on FileTransitioned { file { id name } } ... on FileRegistered { file { id name } } } }`;
      for await (const result of client.iterate({ query })) heard.push(JSON.stringify(result));
    };
    const filtered = [
      listen(`filter: { ids: ${JSON.stringify(ids)} }`),
      listen(`after: "${cursor}", filter: { ids: ${JSON.stringify(ids)} }`),
    ];
    const all = client.iterate({
      query: `subscription { fileChanges(after: "${cursor}") { __typename ... on FileRegistered { file { name } } } }`,
    });
    const register = (token: string, name: string): Promise<unknown> =>
      requestAs(
        waybill.url,
        token,
        `mutation { registerFile(input: { name: "${name}", transfer: EXTERNAL }) { __typename } }`,
      );
    await requestAs(
      waybill.url,
      red,
      `mutation { retry(input: { id: "${String(belongings.values.ID[2]!.value)}" }) { __typename } }`,
    );
    await register(red, `${MARK} later`);
    await register(blue, 'the last one');
    for await (const result of all) {
      expect(JSON.stringify(result)).not.toContain(MARK);
      if (JSON.stringify(result).includes('the last one')) break;
    }
    await client.dispose();
    await Promise.allSettled(filtered);
    expect(heard.filter((each) => !each.includes('"errors"'))).toEqual([]);
  });

  it('mutations do nothing to the other and show nothing of it', async () => {
    const { waybill, belongings } = side;
    // LIKE, because conditions of equality are taken out.
    const text = (): Promise<unknown[]> =>
      waybill.database.query(
        `select (f.*)::text from file f where tenant like $1 union all select (k.*)::text from api_key k where tenant like $1
        union all select (w.*)::text from webhook w where tenant like $1
        union all select (d.*)::text from webhook_delivery d where tenant like $1
        union all select (u.*)::text from upload u join file f on f.id = u.file_id where f.tenant like $1 order by 1`,
        [RED],
      );
    const before = await text();
    const { asked, faults } = await walk('Mutation');
    expect(faults).toEqual([]);
    expect(asked).toBeGreaterThan(200);
    expect(await text()).toEqual(before);
    expect(before.length).toBeGreaterThan(belongings.secrets.length - 3);
  });

  it('counts are those of the tenant', async () => {
    const query = '{ tenantUsage { files } fileCounts { count } }';
    const { data } = (await sendAs(side.waybill.url, side.blue, query)) as {
      data: { tenantUsage: { files: number }; fileCounts: { count: number }[] };
    };
    const rows = await side.waybill.database.query('select from file where tenant like $1', [BLUE]);
    expect(data.tenantUsage.files).toBe(rows.length);
    expect(data.fileCounts.reduce((sum, { count }) => sum + count, 0)).toBe(rows.length);
  });

  it('no statement for one has a row of the other', () => {
    expect([...new Set(side.watched.leaks)]).toEqual([]);
    if (isUnconfined) expect([...side.watched.removed.keys()].toSorted()).toEqual(['equal', 'index', 'range', 'same']);
  });

  it('metrics name no tenant', async () => {
    const text = await (await fetch(`${side.waybill.url}/metrics`)).text();
    expect(text).toContain('waybill_files');
    expect(text).not.toMatch(/tenant-red|tenant-blue|zzred/);
  });
});

describe('without the conditions, and without row-level security', () => {
  let side: Side;
  beforeAll(async () => {
    side = await open({}, true);
  });
  afterAll(() => close(side));

  it.each([
    ['files', '{ files { edges { node { name } } } }'],
    ['files in an order', '{ files(orderBy: { field: NAME }) { edges { node { name } } } }'],
    ['files by a name', `{ files(filter: { nameContains: "${MARK}" }) { edges { node { name } } } }`],
    ['API keys', '{ apiKeys { edges { node { name } } } }'],
    ['webhooks', '{ webhooks { edges { node { url } } } }'],
  ])('%s leak: the test above would find it', async (_what, query) => {
    expect(JSON.stringify(await sendAs(side.waybill.url, side.blue, query))).toContain(MARK);
    expect(side.watched.leaks).not.toEqual([]);
  });
});
