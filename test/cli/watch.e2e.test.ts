// waybill watch: every change as a line, also after a lost connection and an expired cursor.
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Change } from '../../cli/api/follow-changes.ts';
import { newFile, request, transition } from '../support/client.ts';
import { type RunningCli, readJsonLines, runCli, startCli } from '../support/cli.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { deleteFile } from '../support/operations.ts';
import { type TcpProxy, startTcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';
import { WITHOUT_POSITION } from '../../bench/transitions/positions.ts';

let waybill: Instance;
let url: string;
let proxy: TcpProxy;
let running: RunningCli[];
beforeAll(async () => {
  waybill = await startInstance();
  ({ url } = waybill);
});
beforeEach(async () => {
  running = [];
  proxy = await startTcpProxy(Number(new URL(url).port));
});
afterEach(async () => {
  for (const { child, ended } of running) {
    child.kill('SIGKILL');
    await ended;
  }
  await proxy.close();
});
afterAll(() => waybill.stop());

const throughProxy = (): string => `http://127.0.0.1:${proxy.port}`;
const kindOf = (change: Change): string => (change.kind === 'TRANSITIONED' ? change.transition.event : change.kind);
const readCursor = async (): Promise<string> =>
  (await request<{ feedCursor: string }>(url, '{ feedCursor }')).feedCursor;
const changesIn = ({ stdout }: RunningCli): Change[] => readJsonLines<Change>(stdout().replace(/[^\n]*$/, ''));

/** Starts it from a cursor read before, so that tests need not wait for it to connect. */
async function watch(...args: string[]): Promise<RunningCli> {
  const cli = startCli(['watch', '--url', throughProxy(), '--after', await readCursor(), ...args]);
  running.push(cli);
  return cli;
}

const untilSeen = (cli: RunningCli, count: number): Promise<Change[]> =>
  until(
    () => changesIn(cli),
    (changes) => changes.length >= count,
  );

it('prints time, id, name, event, and both states', async () => {
  const cli = await watch();
  const id = await newFile(url, { name: 'seen \u202e.bin' });
  await transition(url, id, 'START_UPLOAD');
  await transition(url, id, 'FAIL_UPLOAD', { failure: { code: 'CUT', message: 'Broken.' } });
  await deleteFile(url, id);
  const text = await until(cli.stdout, (so) => so.includes('DELETED'));
  const time = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`;
  const name = String.raw`seen �\.bin +`;
  expect(text.trimEnd().split('\n')).toEqual([
    expect.stringMatching(`^${time}  ${id}  ${name}REGISTERED +→ UNTRACKED$`),
    expect.stringMatching(`^${time}  ${id}  ${name}START_UPLOAD +UNTRACKED → UPLOADING$`),
    expect.stringMatching(`^${time}  ${id}  ${name}FAIL_UPLOAD +UPLOADING → FAILED  CUT: Broken\\.$`),
    expect.stringMatching(`^${time}  ${id}  ${name}DELETED$`),
  ]);
  cli.child.kill('SIGINT');
  expect(await cli.ended).toMatchObject({ code: 130, stderr: '' });
});

it('reconnects after a lost connection and misses nothing', async () => {
  const cli = await watch('--json');
  const id = await newFile(url);
  await untilSeen(cli, 1);
  await proxy.refuse();
  await until(cli.stderr, (text) => text.includes('trying again'));
  await transition(url, id, 'START_UPLOAD');
  await transition(url, id, 'COMPLETE_UPLOAD');
  await proxy.restore();
  await transition(url, id, 'COMPLETE_PROCESSING');
  const changes = await untilSeen(cli, 4);
  expect(changes.map(kindOf)).toEqual(['REGISTERED', 'START_UPLOAD', 'COMPLETE_UPLOAD', 'COMPLETE_PROCESSING']);
  expect(new Set(changes.map(({ cursor }) => cursor)).size).toBe(4);
  await until(cli.stderr, (text) => text.includes('reconnected'));
  expect(cli.stderr()).toMatch(/^waybill: connection lost \(.+\); trying again in .+\nwaybill: reconnected/);
});

it('shows only the requested files, and their progress on request', async () => {
  const [mine, other] = [await newFile(url, { size: 1_000, name: 'mine' }), await newFile(url, { size: 1_000 })];
  const cli = await watch('--json', '--progress', mine);
  for (const id of [other, mine]) {
    await transition(url, id, 'START_UPLOAD');
    const report = `mutation ($id: ID!) { reportUploadProgress(input: { id: $id, bytesReceived: 250 }) { __typename } }`;
    await until(
      () => request(url, report, { id }),
      () => changesIn(cli).some(({ kind }) => kind === 'PROGRESSED') || id === other,
    );
  }
  await transition(url, mine, 'COMPLETE_UPLOAD');
  const changes = await until(
    () => changesIn(cli),
    (seen) => seen.some((change) => kindOf(change) === 'COMPLETE_UPLOAD'),
  );
  expect(new Set(changes.map(({ fileId }) => fileId))).toEqual(new Set([mine]));
  expect(changes).toContainEqual(
    expect.objectContaining({
      kind: 'PROGRESSED',
      progress: expect.objectContaining({ bytesReceived: 250, size: 1_000 }) as unknown,
    }),
  );
});

it('reports when the log no longer reaches back, and continues from the oldest change', async () => {
  const after = await readCursor();
  const id = await newFile(url, { name: 'cut off' });
  await transition(url, id, 'START_UPLOAD');
  await until(
    () => waybill.database.query(WITHOUT_POSITION),
    (waiting) => waiting.length === 0,
  );
  await waybill.database.query('update feed_head set trimmed = (select max(position) from feed_position) - 1');
  const cli = startCli(['watch', '--url', url, '--json', '--after', after]);
  running.push(cli);
  const [gap, ...changes] = await untilSeen(cli, 2);
  expect(gap).toMatchObject({ kind: 'GAP', message: 'The log no longer reaches back to this cursor.' });
  expect(changes.map(kindOf)).toEqual(['START_UPLOAD']);
  await until(cli.stderr, (text) => text.includes('Changes may have been missed'));
});

it('refuses an invalid cursor', async () => {
  const { code, stdout, stderr } = await runCli(['watch', '--url', url, '--after', 'nonsense']);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^waybill: .*cursor.*\n$/i);
});
