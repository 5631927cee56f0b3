// Sends one operation over every transport: the fast path, Yoga (a body in chunks), GET, event streams, WebSocket.
import { WebSocket } from 'ws';

/** As a client writes them; graphql-ws would not send all of them. */
export interface Params {
  readonly query?: string;
  readonly documentId?: string;
  readonly extensions?: Record<string, unknown>;
  readonly variables?: Record<string, unknown>;
}

export interface Answered {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
}

type Send = (url: string, params: Params) => Promise<Answered>;

const JSON_TYPE = 'application/json';

const searchOf = (params: Params): string =>
  new URLSearchParams(
    Object.entries(params).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  ).toString();

async function post(url: string, params: Params, accept: string, inChunks = false): Promise<Response> {
  const text = JSON.stringify(params);
  const body = inChunks ? { body: new Blob([text]).stream(), duplex: 'half' } : { body: text };
  const headers = { accept, 'content-type': JSON_TYPE };
  return await fetch(`${url}/graphql`, { method: 'POST', headers, ...body });
}

const get = (url: string, params: Params, accept: string): Promise<Response> =>
  fetch(`${url}/graphql?${searchOf(params)}`, { headers: { accept } });

const readJson = async (response: Response): Promise<Answered> => (await response.json()) as Answered;

/** The first event with data, or the JSON of a refusal. */
async function readFirstEvent(response: Response): Promise<Answered> {
  let text = '';
  for await (const part of response.body!.pipeThrough(new TextDecoderStream())) {
    text += part;
    const [, data] = /^data: (\{.*)$/m.exec(text) ?? [];
    if (data !== undefined) return JSON.parse(data) as Answered;
  }
  return JSON.parse(text) as Answered;
}

function overSocket(url: string, params: Params): Promise<Answered> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  const sendMessage = (message: object): void => socket.send(JSON.stringify(message));
  const answer = new Promise<Answered>((resolve, reject) => {
    socket.once('open', () => sendMessage({ type: 'connection_init' }));
    socket.once('error', reject);
    socket.once('close', (code, reason) => reject(new Error(`closed: ${code} ${reason.toString()}`)));
    socket.on('message', (data: Buffer) => {
      const { type, payload } = JSON.parse(data.toString()) as { type: string; payload: unknown };
      if (type === 'connection_ack') sendMessage({ type: 'subscribe', id: '1', payload: params });
      if (type === 'next') resolve(payload as Answered);
      if (type === 'error') resolve({ errors: payload as NonNullable<Answered['errors']> });
    });
  });
  return answer.finally(() => socket.close());
}

export const WAYS_IN: Readonly<Record<string, Send>> = {
  POST: async (url, params) => readJson(await post(url, params, JSON_TYPE)),
  'POST in chunks': async (url, params) => readJson(await post(url, params, 'application/graphql-response+json', true)),
  GET: async (url, params) => readJson(await get(url, params, JSON_TYPE)),
  'an event stream by POST': async (url, params) => readFirstEvent(await post(url, params, 'text/event-stream')),
  'an event stream by GET': async (url, params) => readFirstEvent(await get(url, params, 'text/event-stream')),
  'a WebSocket': overSocket,
};
