// --wait: whatever happens to the connection and to the log, what becomes of a file is heard of.
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { Settlements } from '../../cli/upload/settle.ts';
import { newFile, transition } from '../support/client.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { deleteFile } from '../support/operations.ts';
import { type TcpProxy, startTcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';

let waybill: Instance;
let url: string;
let proxy: TcpProxy;
let interruption: AbortController;
let settlements: Settlements;
beforeAll(async () => {
  waybill = await startInstance();
  ({ url } = waybill);
});
beforeEach(async () => {
  proxy = await startTcpProxy(Number(new URL(url).port));
  interruption = new AbortController();
  const server = { url: `http://127.0.0.1:${proxy.port}`, token: null };
  settlements = await Settlements.begin(server, interruption.signal);
});
afterEach(async () => {
  settlements.stop();
  await proxy.close();
});
afterAll(() => waybill.stop());

async function newProcessingFile(): Promise<string> {
  const id = await newFile(url);
  await transition(url, id, 'START_UPLOAD');
  await transition(url, id, 'COMPLETE_UPLOAD');
  return id;
}

async function goOffline(): Promise<() => void> {
  const nobody = await startTcpProxy(0);
  await nobody.close();
  proxy.retarget(nobody.port);
  proxy.cut();
  return () => proxy.retarget(Number(new URL(url).port));
}

it('tells of files that are settled already, that become so, and that fail', async () => {
  const [before, after, failing] = [await newProcessingFile(), await newProcessingFile(), await newProcessingFile()];
  await transition(url, before, 'COMPLETE_PROCESSING');
  const all = Promise.all([before, after, failing].map((id) => settlements.settle(id)));
  await transition(url, failing, 'FAIL_PROCESSING', { failure: { code: 'BROKEN', message: 'It is broken.' } });
  await transition(url, after, 'COMPLETE_PROCESSING');
  expect(await all).toMatchObject([
    { id: before, state: 'INDEXED' },
    { id: after, state: 'INDEXED' },
    { id: failing, state: 'FAILED', failure: { code: 'BROKEN' } },
  ]);
});

it('waits on while a file moves without being settled', async () => {
  const id = await newFile(url);
  const settled = settlements.settle(id);
  for (const event of ['START_UPLOAD', 'COMPLETE_UPLOAD', 'COMPLETE_PROCESSING']) await transition(url, id, event);
  expect(await settled).toMatchObject({ state: 'INDEXED', version: 3 });
});

it('says that a file was deleted instead', async () => {
  const id = await newProcessingFile();
  const settled = settlements.settle(id);
  await deleteFile(url, id);
  await expect(settled).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
});

it('hears of what happened while the connection was away, even if the log was cut meanwhile', async () => {
  const [heard, cut] = [await newProcessingFile(), await newProcessingFile()];
  const [one, other] = [settlements.settle(heard), settlements.settle(cut)];
  const goOnline = await goOffline();
  await transition(url, heard, 'COMPLETE_PROCESSING');
  goOnline();
  expect(await one).toMatchObject({ state: 'INDEXED' });
  const goOnlineAgain = await goOffline();
  const { version } = (await transition(url, cut, 'COMPLETE_PROCESSING')).file!;
  await until(
    () => waybill.database.query('select from file_change where position is null'),
    (waiting) => waiting.length === 0,
  );
  await waybill.database.query('update feed_head set trimmed = position');
  goOnlineAgain();
  expect(await other).toMatchObject({ state: 'INDEXED', version });
});

it('stops waiting when it is interrupted', async () => {
  const settled = settlements.settle(await newProcessingFile());
  interruption.abort(new Error('enough'));
  await expect(settled).rejects.toThrow('enough');
});
