// waybill webhooks listen: sends changes to a URL of this machine, as a webhook of the server would. One at a time, in the order
// of the feed; what the receiver does not take is tried a few times, and then passed over, with a note.
import { createHmac, randomBytes } from 'node:crypto';
import { readFeedCursor } from '../../api/feed-cursor.ts';
import type { FileState } from '../../api/files.ts';
import { type Change, followChanges } from '../../api/follow-changes.ts';
import { pause } from '../../api/pause.ts';
import { reasonOf } from '../../network-reason.ts';
import type { Command } from '../../context.ts';
import { UsageError, describeBriefly } from '../../errors.ts';

export interface ListenOptions {
  readonly url: string;
  readonly secret?: string;
  /** Empty: all, as the kinds. */
  readonly state: readonly FileState[];
  readonly kind: readonly string[];
  readonly after?: string;
  readonly json?: boolean;
}

const KINDS = ['REGISTERED', 'TRANSITIONED', 'DELETED'] as const;
const ATTEMPTS = 3;
const PAUSE_MS = 1_000;
const TIMEOUT_MS = 10_000;
const SECRET = /^whsec_[A-Za-z0-9+/]{32,}={0,2}$/;

function kindsOf(names: readonly string[]): Change['kind'][] {
  const kinds = names.map((name) => KINDS.find((kind) => kind === name.toUpperCase()));
  if (kinds.includes(undefined)) throw new UsageError(`--kind: allowed are ${KINDS.join(', ').toLowerCase()}.`);
  return names.length === 0 ? [...KINDS] : (kinds as Change['kind'][]);
}

/** The same for a change each time it is sent. */
const messageOf = (change: Change): { id: string; body: string } => {
  const id = `listen_${change.cursor}`;
  const type = `file.${change.kind.toLowerCase()}`;
  return { id, body: JSON.stringify({ id, type, version: 1, timestamp: change.occurredAt, data: change }) };
};

function sign(secret: string, id: string, timestamp: number, body: string): string {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}

/** @returns the status of the answer, or why there was none */
async function post(url: string, secret: string, change: Change, signal: AbortSignal): Promise<number | string> {
  const { id, body } = messageOf(change);
  const timestamp = Math.floor(Date.now() / 1_000);
  const headers = {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': sign(secret, id, timestamp, body),
  };
  try {
    const timeout = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
    const response = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal: timeout });
    await response.body?.cancel();
    return response.status;
  } catch (error) {
    signal.throwIfAborted();
    return reasonOf(error);
  }
}

const isTaken = (outcome: number | string): boolean => typeof outcome === 'number' && outcome >= 200 && outcome < 300;

export const runListen: Command<ListenOptions> = async (options, { server, screen, signal }) => {
  const { url, json } = options;
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) throw new UsageError('Give an http(s) URL.');
  const secret = options.secret ?? `whsec_${randomBytes(32).toString('base64')}`;
  if (!SECRET.test(secret)) throw new UsageError('--secret: allowed is whsec_ and at least 24 bytes of base64.');
  if (options.secret === undefined) screen.note(`waybill: signing with ${secret}`);
  const kinds = kindsOf(options.kind);
  const states = options.state.length === 0 ? {} : { states: options.state };
  const after = options.after ?? (await readFeedCursor(server, signal));
  screen.note(`waybill: sending changes to ${url}`);
  const forward = async (change: Change): Promise<void> => {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const outcome = await post(url, secret, change, signal);
      if (json) screen.printJson({ cursor: change.cursor, kind: change.kind, fileId: change.fileId, outcome });
      else screen.print(`${change.kind}  ${change.fileId}  ${outcome}`);
      if (isTaken(outcome)) return;
      if (attempt < ATTEMPTS) await pause(PAUSE_MS, signal);
    }
    screen.note(`waybill: ${change.fileId} was not taken; going on. A webhook would try for a day.`);
  };
  let last = Promise.resolve();
  return await followChanges(
    server,
    {
      filter: { ids: null, kinds, ...states },
      isWhole: true,
      after,
      // One that was interrupted by Ctrl-C: the command ends with that.
      onChange: (change) => void (last = last.then(() => forward(change)).catch(() => undefined)),
      onLost: (error) => screen.note(`waybill: connection lost (${describeBriefly(error)}); trying again`),
      onReconnected: () => screen.note('waybill: reconnected; no change was missed.'),
      onGap: (error) => screen.note(`waybill: ${error.message} Changes may have been missed.`),
    },
    signal,
  );
};
