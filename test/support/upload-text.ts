// Uploads a small file in one request, as a client does, and follows it to the end of its processing.
import { FILE_FIELDS, type FileShape, request } from './client.ts';
import { metadata, tus } from './tus.ts';
import { until } from './until.ts';

export interface ProcessedShape extends FileShape {
  readonly contentUrl: string | null;
  readonly properties: Record<string, Record<string, unknown>>;
}

/** @returns its global id */
export async function uploadText(url: string, text: string, contentType = 'text/plain'): Promise<string> {
  const answer = await tus('POST', `${url}/uploads`, {
    headers: {
      'upload-length': String(Buffer.byteLength(text)),
      'upload-metadata': metadata({ filename: 'a file.txt', filetype: contentType }),
      'content-type': 'application/offset+octet-stream',
    },
    body: text,
  });
  if (answer.status !== 201) throw new Error(`${answer.status} ${answer.body}`);
  return answer.headers.location!.split('/').at(-1)!;
}

export async function readProcessed(url: string, id: string): Promise<ProcessedShape> {
  const query = `query P($id: ID!) { file(id: $id) { ...F contentUrl properties } } ${FILE_FIELDS}`;
  return (await request<{ file: ProcessedShape }>(url, query, { id })).file;
}

/** Waits until the file is in the state. */
export const untilState = (url: string, id: string, state: string, patienceMs?: number): Promise<ProcessedShape> =>
  until(
    () => readProcessed(url, id),
    (file) => file.state === state,
    patienceMs,
  );
