// Files in every state, and whatever else a tenant can have, all with words in them that nobody else has.
import { requestAs, createKeyAs } from '../sign-in.ts';
import type { Instance } from '../instance.ts';
import type { MemoryStore } from '../memory-store.ts';
import { storeFile } from '../stored-file.ts';
import type { Kind } from './operations.ts';

/** In names, metadata, texts, keys of the tenant. */
export const MARK = 'zzred';
const NEVER = '00000000-0000-7000-8000-000000000000';

/** A value, and one that looks the same and that nobody ever had; null: there is no such value. */
export interface Asked {
  readonly value: unknown;
  readonly twin: unknown;
}

export interface Belongings {
  /** Of the file that has a lease. */
  readonly fileId: string;
  readonly complete: string;
  /** In every state. */
  readonly files: readonly string[];
  readonly values: Readonly<Record<Kind, readonly Asked[]>>;
  /** UUIDs, tokens and cursors: nobody else may be shown one, not even in the answer to its own words. */
  readonly secrets: readonly string[];
}

export const NEVER_FILE = `file_${NEVER}`;

const REGISTER = `mutation R($input: RegisterFileInput!) {
  registerFile(input: $input) { ... on RegisterFileSuccess { file { id } } ... on RequestError { message } } }`;
const SEND = `mutation S($input: TransitionFileInput!) {
  transitionFile(input: $input) { __typename ... on RequestError { message } } }`;
const CLAIM = `mutation { claimFiles(input: { worker: "${MARK} worker", limit: 1 }) { leaseToken file { id } } }`;
const LIST = `{ feedCursor files(first: 2) { edges { cursor } } byName: files(first: 2, orderBy: { field: NAME }) { edges { cursor } }
  apiKeys(first: 1) { edges { cursor } } webhooks(first: 1) { edges { cursor } } searchFiles(query: "${MARK}word", first: 1) { edges { cursor } } }`;

interface Listed {
  readonly feedCursor: string;
  readonly [list: string]: string | { readonly edges: readonly { readonly cursor: string }[] };
}

export async function fillTenant(
  waybill: Instance,
  store: MemoryStore,
  token: string,
  tenant: string,
): Promise<Belongings> {
  const ask = <Data>(query: string, input?: object): Promise<Data> =>
    requestAs<Data>(waybill.url, token, query, { input });
  const register = async (input: object): Promise<string> => {
    const metadata = { label: `${MARK}meta` };
    const given = { name: `${MARK} name`, metadata, ...input };
    return (await ask<{ registerFile: { file: { id: string } } }>(REGISTER, given)).registerFile.file.id;
  };
  const send = async (id: string, ...events: string[]): Promise<void> => {
    for (const event of events) {
      const failure = event.startsWith('FAIL') ? { failure: { code: 'X', message: `${MARK} failed` } } : {};
      const answer = await ask<{ transitionFile: { message?: string } }>(SEND, { id, event, ...failure });
      if (answer.transitionFile.message !== undefined) throw new Error(answer.transitionFile.message);
    }
  };
  const key = `${MARK}key`;
  const untracked = await register({ transfer: 'EXTERNAL', idempotencyKey: key });
  const [uploading, failed, processing] = [
    await register({ transfer: 'EXTERNAL' }),
    await register({ transfer: 'EXTERNAL' }),
    await register({ transfer: 'EXTERNAL' }),
  ];
  await send(uploading, 'START_UPLOAD');
  await send(failed, 'START_UPLOAD', 'FAIL_UPLOAD');
  await send(processing, 'START_UPLOAD', 'COMPLETE_UPLOAD');
  const { claimFiles } = await ask<{ claimFiles: { leaseToken: string }[] }>(CLAIM);
  const managed = await register({ size: 9 });
  const stored = await storeFile(waybill.database, store, { row: { tenant, name: `${MARK} name` } });
  await waybill.database.query(
    `insert into file_text (file_id, token, tenant, language, text, tsv, indexed, created_at)
     values ($1, $1, $2, 'simple', $3, to_tsvector('simple', $3), true, now())`,
    [stored.fileId, tenant, `${MARK}word in a text`],
  );
  const apiKey = await createKeyAs(waybill.url, token, { name: `${MARK} key` });
  const webhook = await ownWebhook(waybill, token, tenant, untracked);
  const listed = await ask<Listed>(LIST);
  const cursors = Object.values(listed).flatMap((list) =>
    typeof list === 'string' ? [list] : list.edges.map(({ cursor }) => cursor),
  );
  const files = [untracked, uploading, failed, processing, managed, stored.id];
  const leaseToken = claimFiles[0]!.leaseToken;
  const ids = [
    ...files.map((value) => ({ value, twin: NEVER_FILE })),
    { value: `transition_${failed.slice(5)}_1`, twin: `transition_${NEVER}_1` },
    { value: apiKey.id, twin: `apikey_${NEVER}` },
    { value: webhook.id, twin: `webhook_${NEVER}` },
    { value: webhook.deliveryId, twin: `webhookdelivery_${NEVER}_1_00000000` },
  ];
  const words = [`${MARK} name`, `${MARK}word`, key, tenant].map((value) => ({
    value,
    twin: value.replaceAll('red', 'nev'),
  }));
  const texts = [
    ...words,
    { value: leaseToken, twin: NEVER },
    ...cursors.slice(1, 2).map((value) => ({ value, twin: null })),
  ];
  return {
    fileId: processing,
    complete: stored.id,
    files,
    values: {
      ID: ids,
      String: texts,
      Cursor: cursors.map((value) => ({ value, twin: null })),
      JSONObject: [{ value: { label: `${MARK}meta` }, twin: { label: 'zznevmeta' } }],
    },
    secrets: [
      ...files.map((id) => id.slice(5)),
      apiKey.id,
      apiKey.secret,
      leaseToken,
      webhook.secret,
      webhook.id.slice('webhook_'.length),
    ],
  };
}

interface OwnWebhook {
  readonly id: string;
  readonly secret: string;
  readonly deliveryId: string;
}

/** One that is paused, with a delivery that was given up. */
async function ownWebhook(waybill: Instance, token: string, tenant: string, fileId: string): Promise<OwnWebhook> {
  const made = await requestAs<{ createWebhook: { secret: string; webhook: { id: string } } }>(
    waybill.url,
    token,
    `mutation { createWebhook(input: { url: "https://example.com/${MARK}" }) {
      ... on CreateWebhookSuccess { secret webhook { id } } } }`,
  );
  const { secret, webhook } = made.createWebhook;
  await requestAs(
    waybill.url,
    token,
    `mutation { updateWebhook(input: { id: "${webhook.id}", state: PAUSED }) { __typename } }`,
  );
  const uuid = webhook.id.slice('webhook_'.length);
  await waybill.database.query(
    `insert into webhook_delivery
       (webhook_id, tenant, position, fingerprint, file_id, state, attempts, error, created_at)
     values ($1, $2, 1, 1, $3, 'GIVEN_UP', 1, '${MARK} failed', now())`,
    [uuid, tenant, fileId.slice('file_'.length)],
  );
  return { id: webhook.id, secret, deliveryId: `webhookdelivery_${uuid}_1_00000001` };
}
