// --wait: the outcome of a file is found, whatever happens to the connection and the log.
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { createFileLookup } from '../../cli/api/file-lookup.ts';
import { openServer } from '../../cli/api/server.ts';
import { Outcomes } from '../../cli/upload/outcomes.ts';
import { newFile, transition } from '../support/client.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { deleteFile } from '../support/operations.ts';
import { type TcpProxy, startTcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';
import { WITHOUT_POSITION } from '../../bench/transitions/positions.ts';

let waybill: Instance;
let url: string;
let proxy: TcpProxy;
let interruption: AbortController;
let outcomes: Outcomes;
beforeAll(async () => {
  waybill = await startInstance();
  ({ url } = waybill);
});
beforeEach(async () => {
  proxy = await startTcpProxy(Number(new URL(url).port));
  interruption = new AbortController();
  const server = openServer(`http://127.0.0.1:${proxy.port}`, null);
  const lookup = createFileLookup(server, () => undefined, interruption.signal);
  outcomes = await Outcomes.begin(server, lookup, interruption.signal);
});
afterEach(async () => {
  outcomes.stop();
  await proxy.close();
});
afterAll(() => waybill.stop());

async function newProcessingFile(): Promise<string> {
  const id = await newFile(url);
  await transition(url, id, 'START_UPLOAD');
  await transition(url, id, 'COMPLETE_UPLOAD');
  return id;
}

it('returns files that were indexed before, that are indexed later, and that fail', async () => {
  const [before, after, failing] = [await newProcessingFile(), await newProcessingFile(), await newProcessingFile()];
  await transition(url, before, 'COMPLETE_PROCESSING');
  const all = Promise.all([before, after, failing].map((id) => outcomes.waitForOutcome(id)));
  await transition(url, failing, 'FAIL_PROCESSING', { failure: { code: 'BROKEN', message: 'It is broken.' } });
  await transition(url, after, 'COMPLETE_PROCESSING');
  expect(await all).toMatchObject([
    { id: before, state: 'INDEXED' },
    { id: after, state: 'INDEXED' },
    { id: failing, state: 'FAILED', failure: { code: 'BROKEN' } },
  ]);
});

it('keeps waiting while a file passes through other states', async () => {
  const id = await newFile(url);
  const settled = outcomes.waitForOutcome(id);
  for (const event of ['START_UPLOAD', 'COMPLETE_UPLOAD', 'COMPLETE_PROCESSING']) await transition(url, id, event);
  expect(await settled).toMatchObject({ state: 'INDEXED', version: 3 });
});

it('rejects when the file is deleted', async () => {
  const id = await newProcessingFile();
  const settled = outcomes.waitForOutcome(id);
  await deleteFile(url, id);
  await expect(settled).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
});

it('sees what happened while disconnected, even if the log was pruned meanwhile', async () => {
  const [heard, cut] = [await newProcessingFile(), await newProcessingFile()];
  const [one, other] = [outcomes.waitForOutcome(heard), outcomes.waitForOutcome(cut)];
  await proxy.refuse();
  await transition(url, heard, 'COMPLETE_PROCESSING');
  await proxy.restore();
  expect(await one).toMatchObject({ state: 'INDEXED' });
  await proxy.refuse();
  const { version } = (await transition(url, cut, 'COMPLETE_PROCESSING')).file!;
  await until(
    () => waybill.database.query(WITHOUT_POSITION),
    (waiting) => waiting.length === 0,
  );
  await waybill.database.query('update feed_head set trimmed = (select max(position) from feed_position)');
  await proxy.restore();
  expect(await other).toMatchObject({ state: 'INDEXED', version });
});

it('stops waiting when it is interrupted', async () => {
  const settled = outcomes.waitForOutcome(await newProcessingFile());
  interruption.abort(new Error('enough'));
  await expect(settled).rejects.toThrow('enough');
});
