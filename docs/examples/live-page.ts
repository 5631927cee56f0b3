// A page with a live list of files, and uploads with their progress: all that a frontend has to do with @waybill/client.
import { type FilesSnapshot, type Waybill, createWaybill } from '../../packages/client/src/index.ts';
import { type UploadsSnapshot, createUploads } from '../../packages/client/src/upload.ts';

export interface Page {
  readonly url: string;
  readonly getAccessToken: () => Promise<string>;
  readonly showFiles: (shown: FilesSnapshot) => void;
  readonly showUploads: (shown: UploadsSnapshot) => void;
  /** Calls back with what is chosen or dropped. */
  readonly onFiles: (take: (files: Iterable<Blob>) => void) => void;
}

export function openPage({ url, getAccessToken, showFiles, showUploads, onFiles }: Page): Waybill {
  const waybill = createWaybill({ url, token: getAccessToken });

  const list = waybill.live.files({}, { pageSize: 50, progress: true });
  list.subscribe(() => {
    const { files, hasMore, status, since, error } = list.getSnapshot();
    showFiles({ files, hasMore, status, since, ...(error && { error }) });
  });

  const uploads = createUploads(waybill, { until: 'processed', concurrency: 3 });
  uploads.subscribe(() => showUploads(uploads.getSnapshot()));
  onFiles((files) => uploads.add(files));
  return waybill;
}
