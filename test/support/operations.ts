// The operations beside transitions, as a client sends them: delete, report progress, count, read by node and by page.
import { FILE_FIELDS, type FileShape, type Result, type TransitionShape, request } from './client.ts';

const REFUSALS = `
  ... on TransitionRejected { code message attemptId allowedEvents file { ...F } }
  ... on RequestError { code message field }`;

const TRANSITION_FIELDS = 'id event from to version attemptId actor';

/** `id` is set when the file was deleted. */
export type DeleteResult = Result & { readonly id?: string };

export async function deleteFile(
  url: string,
  id: string,
  expectedVersion: number | null = null,
): Promise<DeleteResult> {
  const query = `mutation D($input: DeleteFileInput!) { deleteFile(input: $input) {
    __typename ... on DeleteFileSuccess { id } ${REFUSALS}
  } } ${FILE_FIELDS}`;
  const variables = { input: { id, expectedVersion } };
  return (await request<{ deleteFile: DeleteResult }>(url, query, variables)).deleteFile;
}

export async function reportProgress(url: string, id: string, bytesReceived: number): Promise<Result> {
  const query = `mutation P($input: ReportUploadProgressInput!) { reportUploadProgress(input: $input) {
    __typename ... on ReportUploadProgressSuccess { file { ...F } } ${REFUSALS}
  } } ${FILE_FIELDS}`;
  const variables = { input: { id, bytesReceived } };
  return (await request<{ reportUploadProgress: Result }>(url, query, variables)).reportUploadProgress;
}

export type NodeShape = { readonly __typename: string } & Partial<FileShape & TransitionShape>;

export async function readNode(url: string, id: string): Promise<NodeShape | null> {
  const query = `query N($id: ID!) { node(id: $id) {
    __typename id ... on File { ...F } ... on Transition { ${TRANSITION_FIELDS} }
  } } ${FILE_FIELDS}`;
  return (await request<{ node: NodeShape | null }>(url, query, { id })).node;
}

/** The transitions of a file, oldest first; null when it is gone. */
export async function readHistory(url: string, id: string): Promise<TransitionShape[] | null> {
  const query = `query H($id: ID!) { file(id: $id) {
    transitions(first: 1000) { edges { node { ${TRANSITION_FIELDS} } } }
  } }`;
  type Data = { file: { transitions: { edges: { node: TransitionShape }[] } } | null };
  const { file } = await request<Data>(url, query, { id });
  return file === null ? null : file.transitions.edges.map(({ node }) => node);
}

/** Files by state, zeros included. */
export async function countFiles(url: string): Promise<Record<string, number>> {
  type Data = { fileCounts: { state: string; count: number }[] };
  const { fileCounts } = await request<Data>(url, '{ fileCounts { state count } }');
  return Object.fromEntries(fileCounts.map(({ state, count }) => [state, count]));
}

/** The first hundred files that match, newest first. */
export async function listFiles(url: string, filter: Record<string, unknown>): Promise<FileShape[]> {
  const query = `query L($filter: FileFilter) { files(first: 100, filter: $filter) { edges { node { ...F } } } } ${FILE_FIELDS}`;
  type Data = { files: { edges: { node: FileShape }[] } };
  return (await request<Data>(url, query, { filter })).files.edges.map(({ node }) => node);
}
