// The subject of the upload bench: registers files through the API, sends their bytes to `uploadUrl`, and compares the
// server's digest with the right one.
import type { Upload } from './sender.ts';

const REGISTER = `mutation R($input: RegisterFileInput!) { registerFile(input: $input) {
  __typename ... on RegisterFileSuccess { file { id uploadUrl } } ... on Error { code message }
} }`;
const READ = 'query F($id: ID!) { file(id: $id) { state bytesReceived sha256 } }';
const DELETE = `mutation D($input: DeleteFileInput!) { deleteFile(input: $input) {
  __typename ... on Error { code message }
} }`;
const HEADERS = {
  'tus-resumable': '1.0.0',
  'upload-offset': '0',
  'content-type': 'application/offset+octet-stream',
};

export interface Registered {
  readonly id: string;
  readonly upload: Upload;
}

async function ask<Data>(url: string, query: string, variables: Record<string, unknown>): Promise<Data> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as { data?: Data; errors?: unknown };
  if (data === undefined || errors !== undefined) throw new Error(`the request failed: ${JSON.stringify(errors)}`);
  return data;
}

/** @throws when it gets no URL to send to */
export async function registerUpload(url: string, bytes: number): Promise<Registered> {
  type Data = { registerFile: { file?: { id: string; uploadUrl: string | null } } };
  const input = { name: 'holiday.mov', contentType: 'video/quicktime', transfer: 'MANAGED', size: bytes };
  const { registerFile } = await ask<Data>(url, REGISTER, { input });
  const { id, uploadUrl } = registerFile.file ?? {};
  if (id === undefined || uploadUrl == null) throw new Error(`nowhere to send to: ${JSON.stringify(registerFile)}`);
  return { id, upload: { url: uploadUrl, method: 'PATCH', headers: HEADERS, bytes, expectStatus: 204 } };
}

/** @throws unless all bytes arrived and the digest is right */
export async function requireUploaded(url: string, { id, upload }: Registered, sha256: string): Promise<void> {
  type Data = { file: { state: string; bytesReceived: number; sha256: string | null } };
  const { file } = await ask<Data>(url, READ, { id });
  const isRight = file.state === 'PROCESSING' && file.bytesReceived === upload.bytes && file.sha256 === sha256;
  if (!isRight) throw new Error(`the upload is incomplete or wrong: ${JSON.stringify({ file, sha256 })}`);
}

export async function removeUpload(url: string, { id }: Registered): Promise<void> {
  type Data = { deleteFile: { __typename: string } };
  const { deleteFile } = await ask<Data>(url, DELETE, { input: { id } });
  if (deleteFile.__typename !== 'DeleteFileSuccess') throw new Error(`not deleted: ${JSON.stringify(deleteFile)}`);
}
