// WAYBILL_NOTIFY_URL: the NATS servers over which replicas signal to each other, and what they ask of a client.
import { splitList } from './config-values.ts';

export interface NatsServers {
  /** host:port, any of which will do. */
  readonly hosts: readonly string[];
  /** Whether a connection must be encrypted. A server that asks for it gets it anyway. */
  readonly tls: boolean;
  /** The same for all of them. */
  readonly credentials: NatsCredentials | null;
}

export type NatsCredentials = { readonly token: string } | { readonly user: string; readonly pass: string };

const SERVER = /^(nats|tls):\/\/(?:([^@/?#]*)@)?([\w.-]+|\[[\da-fA-F:.]+\])(?::(\d{1,5}))?\/?$/;
const DEFAULT_PORT = '4222';

/** `nats://host:port`, with `user:password@` or `token@` before the host (percent-encoded), separated by commas. */
export function parseNatsServers(text: string): NatsServers | undefined {
  const servers = splitList(text).map(parseServer);
  const [first] = servers;
  if (first === undefined || servers.some((each) => each === undefined)) return undefined;
  const given = servers.flatMap((each) => each?.credentials ?? []);
  const [credentials = null] = given;
  const isOne = given.every((each) => JSON.stringify(each) === JSON.stringify(credentials));
  const { tls } = first;
  if (!isOne || servers.some((each) => each?.tls !== tls)) return undefined;
  return { hosts: servers.map((each) => each!.host), tls, credentials };
}

interface Server {
  readonly host: string;
  readonly tls: boolean;
  readonly credentials: NatsCredentials | null;
}

function parseServer(text: string): Server | undefined {
  const [, scheme, secret, host, port = DEFAULT_PORT] = SERVER.exec(text) ?? [];
  if (host === undefined || Number(port) < 1 || Number(port) > 65_535) return undefined;
  const credentials = secret === undefined ? null : parseCredentials(secret);
  return credentials === undefined ? undefined : { host: `${host}:${port}`, tls: scheme === 'tls', credentials };
}

function parseCredentials(text: string): NatsCredentials | undefined {
  const [user, pass, ...more] = text.split(':').map(decode);
  if (user === undefined || user === '' || more.length > 0) return undefined;
  if (!text.includes(':')) return { token: user };
  return pass === undefined ? undefined : { user, pass };
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
