// The thirty lines of docs/frontend.md: a live list and uploads, from the first byte to INDEXED.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openPage } from '../../docs/examples/live-page.ts';
import type { FilesSnapshot } from '../../packages/client/src/index.ts';
import type { UploadsSnapshot } from '../../packages/client/src/upload.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { until } from '../support/until.ts';

let waybill: Instance;
beforeAll(async () => {
  waybill = await startInstance({ env: { WAYBILL_PROCESSING: 'builtin' } });
});
afterAll(() => waybill.stop());

it('shows a file that is dropped until it is INDEXED, in the list and among the uploads', async () => {
  let files: FilesSnapshot | undefined;
  let uploads: UploadsSnapshot | undefined;
  let drop = (_files: Iterable<Blob>): void => undefined;
  const client = openPage({
    url: waybill.url,
    getAccessToken: () => Promise.resolve(''),
    showFiles: (shown) => (files = shown),
    showUploads: (shown) => (uploads = shown),
    onFiles: (take) => (drop = take),
  });
  drop([new File(['Fish and chips'], 'menu.txt', { type: 'text/plain', lastModified: 1 })]);
  await until(
    () => uploads?.uploads[0]?.status,
    (status) => status === 'done',
  );
  const shown = await until(
    () => files,
    (now) => now?.files[0]?.state === 'INDEXED' && now.status === 'live',
  );
  expect(shown?.files[0]).toMatchObject({ name: 'menu.txt', bytesReceived: 14 });
  client.close();
});
