// Raw HTTP, for tests of statuses, headers and bodies.
import { type Socket, connect } from 'node:net';

export interface Raw {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export const JSON_HEADERS: Readonly<Record<string, string>> = { 'content-type': 'application/json' };

/** Posts a body as it stands to /graphql. */
export async function post(
  url: string,
  body: string | URLSearchParams | Uint8Array<ArrayBuffer>,
  headers: Readonly<Record<string, string>> = JSON_HEADERS,
): Promise<Raw> {
  return await read(await fetch(`${url}/graphql`, { method: 'POST', headers, body }));
}

export async function get(
  url: string,
  path: string,
  headers: Readonly<Record<string, string>> = { accept: 'application/json' },
): Promise<Raw> {
  return await read(await fetch(`${url}${path}`, { headers, redirect: 'manual' }));
}

async function read(response: Response): Promise<Raw> {
  return { status: response.status, headers: response.headers, text: await response.text() };
}

export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

export async function fetchBytes(
  url: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  method = 'GET',
): Promise<Answer> {
  const response = await fetch(`${url}${path}`, { method, headers });
  const body = Buffer.from(await response.arrayBuffer());
  return { status: response.status, headers: Object.fromEntries(response.headers), body };
}

export function openSocket(url: string): Socket {
  const { hostname, port } = new URL(url);
  return connect(Number(port), hostname);
}

/** Writes bytes that no correct client would send, and returns all that arrives until the server closes. */
export async function exchange(url: string, bytes: string): Promise<string> {
  const socket = openSocket(url);
  socket.write(bytes);
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** The value of a metric without labels. */
export async function readMetric(url: string, name: string): Promise<number> {
  const { text } = await get(url, '/metrics');
  const [, value] = new RegExp(`^${name} (\\S+)$`, 'm').exec(text) ?? [];
  if (value === undefined) throw new Error(`/metrics has no ${name}`);
  return Number(value);
}
