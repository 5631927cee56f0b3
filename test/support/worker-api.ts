// What a worker outside of the service sends, and files for it.
import { request } from './client.ts';

export interface Claimed {
  readonly leaseToken: string;
  readonly leaseExpiresAt: string;
  readonly attempt: number;
  readonly file: { readonly id: string; readonly state: string; readonly contentUrl: string | null };
}

/** The answer of extendLease, releaseLease, cancelProcessing or reprocessFiles, whichever member of the union it is. */
export interface Outcome extends Record<string, unknown> {
  readonly __typename: string;
}

type Variables = Record<string, unknown>;

export const CLAIM = `mutation ($input: ClaimFilesInput!) { claimFiles(input: $input) {
  leaseToken leaseExpiresAt attempt file { id state contentUrl }
} }`;

export async function claim(url: string, input: Variables = {}): Promise<readonly Claimed[]> {
  const variables = { input: { worker: 'w', ...input } };
  return (await request<{ claimFiles: readonly Claimed[] }>(url, CLAIM, variables)).claimFiles;
}

const FILE = '{ state properties failure { code } processing { worker attempt progress message cancelRequested } }';

export const OPERATIONS = {
  extendLease: `mutation ($input: ExtendLeaseInput!) { extendLease(input: $input) {
    __typename ... on ExtendLeaseSuccess { leaseExpiresAt cancelRequested } ... on RequestError { code field }
  } }`,
  releaseLease: `mutation ($input: ReleaseLeaseInput!) { releaseLease(input: $input) {
    __typename ... on ReleaseLeaseSuccess { id } ... on RequestError { code field }
  } }`,
  cancelProcessing: `mutation ($input: CancelProcessingInput!) { cancelProcessing(input: $input) {
    __typename ... on CancelProcessingSuccess { file ${FILE} } ... on TransitionRejected { code }
    ... on RequestError { code field }
  } }`,
  reprocessFiles: `mutation ($input: ReprocessFilesInput!) { reprocessFiles(input: $input) {
    __typename ... on ReprocessFilesSuccess { queued hasMore endCursor } ... on RequestError { code field }
  } }`,
  transitionFile: `mutation ($input: TransitionFileInput!) { transitionFile(input: $input) {
    __typename ... on TransitionFileSuccess { file ${FILE} } ... on TransitionRejected { code }
    ... on RequestError { code field }
  } }`,
} as const;

export async function call(url: string, name: keyof typeof OPERATIONS, input: Variables): Promise<Outcome> {
  return (await request<Record<string, Outcome>>(url, OPERATIONS[name], { input }))[name]!;
}

/** Uploads a MANAGED file in one request; it is in PROCESSING then. @returns its id */
export async function upload(
  url: string,
  text: string | Uint8Array<ArrayBuffer>,
  name = 'a.txt',
  type = 'text/plain',
): Promise<string> {
  const encode = (value: string): string => Buffer.from(value).toString('base64');
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  const response = await fetch(`${url}/uploads`, {
    method: 'POST',
    headers: {
      'tus-resumable': '1.0.0',
      'upload-length': String(bytes.length),
      'upload-metadata': `filename ${encode(name)},filetype ${encode(type)}`,
      'content-type': 'application/offset+octet-stream',
    },
    body: bytes,
  });
  if (response.status !== 201) throw new Error(`not uploaded: ${response.status} ${await response.text()}`);
  return new URL(response.headers.get('location') ?? '', url).pathname.slice('/uploads/'.length);
}

export async function readProcessed(url: string, id: string): Promise<Record<string, unknown> | null> {
  const query = `query ($id: ID!) { file(id: $id) ${FILE} }`;
  return (await request<{ file: Record<string, unknown> | null }>(url, query, { id })).file;
}
