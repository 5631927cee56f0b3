// Which file of the server a local file is: the one remembered, the one registered before a crash, or a new one.
import { createHash } from 'node:crypto';
import { type FileFacts, type NewFile, readFile, registerFile } from '../api/files.ts';
import { type OnTrouble, persist } from '../api/patience.ts';
import type { Server } from '../api/server.ts';
import { Refused } from '../errors.ts';
import { type ResumeStore, type UploadIdentity, keyOf } from './resume-store.ts';

export type Description = Omit<NewFile, 'idempotencyKey'>;

export interface Registering {
  readonly server: Server;
  readonly store: ResumeStore;
  readonly identity: UploadIdentity;
  /** Asked only if it has to be registered: it may have to read the file for it. */
  readonly describe: () => Promise<Description>;
  readonly onTrouble: OnTrouble;
}

export interface Registered {
  /** As it is now. */
  readonly file: FileFacts;
  /** Nobody had heard of it before. */
  readonly isNew: boolean;
}

/** @throws Refused, and what a server that stays away throws */
export async function findOrRegister(registering: Registering, signal: AbortSignal): Promise<Registered> {
  const { server, store, identity, onTrouble } = registering;
  const remembered = await store.read(identity);
  if (remembered !== null) {
    const file = await persist(() => readFile(server, remembered, signal), onTrouble, signal);
    if (file !== null) return { file, isNew: false };
  }
  const registered = await register(registering, signal);
  await store.write(identity, registered.file.id);
  return registered;
}

// Nobody deletes the same file so often without having meant it.
const MOST_DELETED = 100;

/**
 * The key is made of the upload's identity and of what is registered, so that a crash before it was remembered registers
 * nothing twice. A file that was deleted since still answers to its key; its successor's is made with its id.
 */
async function register(registering: Registering, signal: AbortSignal): Promise<Registered> {
  const { server, identity, describe, onTrouble } = registering;
  const file = await describe();
  let predecessor = '';
  for (let deleted = 0; deleted < MOST_DELETED; deleted += 1) {
    const parts = JSON.stringify([keyOf(identity), file, predecessor]);
    const idempotencyKey = createHash('sha256').update(parts).digest('hex');
    const send = (): Promise<Registered | string> => registerOnce(server, { ...file, idempotencyKey }, signal);
    const registered = await persist(send, onTrouble, signal);
    if (typeof registered !== 'string') return registered;
    predecessor = registered;
  }
  throw new Refused('FILE_NOT_FOUND', `It was uploaded and deleted ${MOST_DELETED} times already.`);
}

/** The file; or the id of one that was deleted. */
async function registerOnce(server: Server, input: NewFile, signal: AbortSignal): Promise<Registered | string> {
  const { file, replayed } = await registerFile(server, input, signal);
  if (!replayed) return { file, isNew: true };
  const now = await readFile(server, file.id, signal);
  return now === null ? file.id : { file: now, isNew: false };
}
