// GraphiQL in a real browser, as somebody meets it who opens /graphql.
import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { GraphiQL, launchBrowser, newProfile } from '../../support/browser.ts';
import { newFile, readFile } from '../../support/client.ts';
import { createDatabase } from '../../support/database.ts';
import { freePort } from '../../support/free-port.ts';
import { type Instance, startInstance } from '../../support/instance.ts';
import { until } from '../../support/until.ts';

const PATIENCE = { timeout: 30_000 };

let waybill: Instance;
let browser: Browser;
let profile: BrowserContext;
let opened: GraphiQL[];

beforeAll(async () => {
  [waybill, browser] = await Promise.all([startInstance(), launchBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await waybill.stop();
});

beforeEach(async () => {
  profile = await newProfile(browser);
  opened = [];
});
afterEach(async () => {
  await profile.close();
  expect(
    opened.flatMap(({ foreignRequests }) => foreignRequests),
    'requests to anybody else',
  ).toEqual([]);
  expect(
    opened.flatMap(({ complaints }) => complaints),
    'complaints in the console',
  ).toEqual([]);
});

async function open(path = '/graphql'): Promise<GraphiQL> {
  const graphiql = await GraphiQL.open(profile, waybill.url + path);
  opened.push(graphiql);
  return graphiql;
}

/** The result once it says so; a result of an earlier operation does not count. */
async function resultWith(graphiql: GraphiQL, text: string): Promise<string> {
  return await until(
    () => graphiql.readResult(),
    (result) => result.includes(text),
  );
}

test('GraphiQL opens with a tab of examples and one that watches', async () => {
  const graphiql = await open();
  expect(await graphiql.page.title()).toBe('Waybill');
  await expect.poll(() => graphiql.listTabs(), PATIENCE).toEqual(['Register', 'Watch']);
  await expect.poll(() => graphiql.readOperation(), PATIENCE).toContain('mutation Register');
  expect(await graphiql.listOperations()).toEqual([
    'Register',
    'Start',
    'Progress',
    'Complete',
    'Index',
    'Refused',
    'Files',
    'Machine',
  ]);
});

test('GraphiQL asks nobody but its own server, which is recorded', async () => {
  const graphiql = await open();
  await expect.poll(() => graphiql.requests, PATIENCE).toContainEqual(expect.stringMatching(/^blob:/));
  await expect.poll(() => graphiql.requests, PATIENCE).toContain(`${waybill.url}/graphql`);
  expect(graphiql.foreignRequests).toEqual([]);
});

test('the docs explain the schema', async () => {
  const { page } = await open();
  await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
  const docs = page.getByRole('region', { name: 'Documentation Explorer' });
  await docs.getByRole('link', { name: 'Mutation', exact: true }).click();
  await docs.getByRole('link', { name: 'registerFile', exact: true }).click();
  await expect
    .poll(() => docs.innerText(), PATIENCE)
    .toContain('Registers a file, in the state UNTRACKED and at version 0.');
});

test('each example of the first tab runs as it stands, and they take a file through its life', async () => {
  const graphiql = await open();
  await graphiql.run('Register');
  const registered = await resultWith(graphiql, '"__typename":"RegisterFileSuccess"');
  const id = /file_[0-9a-f-]{36}/.exec(registered)?.[0] ?? 'no id on display';
  await graphiql.write('Variables', JSON.stringify({ id }));
  for (const [operation, answer] of [
    ['Start', '"to":"UPLOADING"'],
    ['Progress', '"bytesReceived":1024'],
    ['Complete', '"to":"PROCESSING"'],
    ['Index', '"to":"INDEXED"'],
    ['Refused', '"code":"TRANSITION_NOT_ALLOWED"'],
    ['Files', '"fileCounts":['],
    ['Machine', 'stateDiagram-v2'],
  ] as const) {
    await graphiql.run(operation);
    await resultWith(graphiql, answer);
  }
  expect(await readFile(waybill.url, id)).toMatchObject({ state: 'INDEXED', version: 3, bytesReceived: 4096 });
});

test("an operation of one's own runs in a new tab", async () => {
  const graphiql = await open();
  await graphiql.page.getByRole('button', { name: 'New tab' }).click();
  await graphiql.write('Operation Editor', 'query Mine { lifecycle { states } }');
  await graphiql.run();
  await resultWith(graphiql, '"states":["UNTRACKED","UPLOADING","PROCESSING","INDEXED","FAILED"]');
});

test('a second browser tab opens on Watch, and a reload keeps the tab that was chosen', async () => {
  const first = await open();
  await first.run('Machine');
  await resultWith(first, 'stateDiagram-v2');
  // GraphiQL saves its tabs a moment later.
  await expect.poll(() => first.readSavedTabs(), PATIENCE).toContain('"operationName":"Machine"');
  const second = await open();
  await expect.poll(() => second.listTabs(), PATIENCE).toHaveLength(2);
  await expect.poll(() => second.readOperation(), PATIENCE).toContain('subscription Watch');
  await second.page.reload();
  await expect.poll(() => second.readOperation(), PATIENCE).toContain('subscription Watch');
  expect(await second.listTabs()).toHaveLength(2);
});

test('a subscription in one browser tab shows what a mutation does in another, as it happens', async () => {
  const acting = await open();
  const watching = await open();
  await watching.chooseTab('Watch');
  await watching.run();
  // GraphQL over WebSocket does not say when a subscription stands: there is one when it hears of a file.
  await expect
    .poll(async () => {
      await newFile(waybill.url, { name: 'early' });
      return await watching.readResult();
    }, PATIENCE)
    .toContain('"name":"early"');

  await acting.run('Register');
  const registered = await resultWith(acting, '"__typename":"RegisterFileSuccess"');
  const id = /file_[0-9a-f-]{36}/.exec(registered)?.[0] ?? 'no id on display';
  const heard = await resultWith(watching, `"fileId":"${id}"`);
  expect(heard).toContain('"kind":"REGISTERED"');

  await acting.write('Variables', JSON.stringify({ id }));
  await acting.run('Start');
  expect(await resultWith(watching, '"kind":"TRANSITIONED"')).toContain('"event":"START_UPLOAD","to":"UPLOADING"');
  await acting.run('Progress');
  expect(await resultWith(watching, '"kind":"PROGRESSED"')).toContain('"bytesReceived":1024,"size":4096');
  expect(watching.requests).toContain(`${waybill.url.replace('http', 'ws')}/graphql`);
});

test('after a restart of the server Watch goes on by cursor, and a subscription without a cursor says that it ended', async () => {
  await using cleanup = new AsyncDisposableStack();
  const database = await createDatabase();
  cleanup.defer(() => database.drop());
  const replica = await startInstance({ database });
  cleanup.defer(() => replica.stop());
  const PORT = String(await freePort());
  const restarted = await startInstance({ database, env: { PORT } });
  const graphiql = await GraphiQL.open(profile, `${restarted.url}/graphql`);
  await graphiql.chooseTab('Watch');
  await graphiql.run();
  await expect
    .poll(async () => {
      await newFile(replica.url, { name: 'before' });
      return await graphiql.readResult();
    }, PATIENCE)
    .toContain('"name":"before"');

  const without = await GraphiQL.open(profile, `${restarted.url}/graphql`);
  await without.page.getByRole('button', { name: 'New tab' }).click();
  await without.write('Operation Editor', 'subscription Mine { fileChanges { kind } }');
  await without.run();
  await expect
    .poll(async () => {
      await newFile(replica.url, { name: 'before' });
      return await without.readResult();
    }, PATIENCE)
    .toContain('"kind":"REGISTERED"');

  await restarted.stop();
  await resultWith(without, 'Runtheoperationagain.');
  await resultWith(graphiql, 'Theconnectiontotheserverwaslost.Watchinggoesonafterthecursor');
  await newFile(replica.url, { name: 'meanwhile' });
  const again = await startInstance({ database, env: { PORT } });
  cleanup.defer(() => again.stop());
  await resultWith(graphiql, '"name":"meanwhile"');
});

test('the tabs can be changed to and fro', async () => {
  const graphiql = await open();
  for (const [title, text] of [
    ['Watch', 'subscription Watch'],
    ['Register', 'mutation Register'],
    ['Watch', 'subscription Watch'],
    ['Register', 'mutation Register'],
  ] as const) {
    await graphiql.chooseTab(title);
    await expect.poll(() => graphiql.readOperation(), PATIENCE).toContain(text);
  }
});

test('without introspection GraphiQL says so, and runs operations all the same', async () => {
  const closed = await startInstance({ env: { WAYBILL_INTROSPECTION: 'off' } });
  try {
    const graphiql = await GraphiQL.open(profile, `${closed.url}/graphql`);
    const notice = graphiql.page
      .getByRole('status')
      .filter({ hasText: 'Introspection is switched off on this server' });
    await notice.waitFor({ state: 'visible', ...PATIENCE });
    // Its own words for the refused introspection.
    await resultWith(graphiql, 'INTROSPECTION_DISABLED');
    await graphiql.run('Register');
    await resultWith(graphiql, 'RegisterFileSuccess');
  } finally {
    await closed.stop();
  }
});
