// Texts of files for tests of search: staged and made live under a lease, as a worker does it.
import { v7 as uuidv7 } from 'uuid';
import { stageText } from '../../src/search/stage-text.ts';
import { type Bench, bring, sending } from './lifecycle.ts';

export interface Indexed {
  readonly name?: string;
  /** None: the file has no text. */
  readonly text?: string;
  readonly tenant?: string;
  readonly language?: string;
  readonly contentType?: string;
}

export const TO_PROCESSING = ['START_UPLOAD', 'COMPLETE_UPLOAD'] as const;

/** Takes the one file of this type that is to be processed. @returns the token of its lease */
async function claim({ lifecycle }: Pick<Bench, 'lifecycle'>, tenant: string, contentType: string): Promise<string> {
  const asked = { tenant, actor: 'test', attemptId: uuidv7(), fileId: uuidv7() };
  const answer = await lifecycle.executeOne({
    ...asked,
    kind: 'claim',
    worker: 'test',
    queue: 'external',
    shares: [{ tenant, files: 1 }],
    contentTypes: [contentType],
    leaseMs: 60_000,
  });
  if (answer.outcome !== 'claimed') throw new Error(`nothing to claim: ${JSON.stringify(answer)}`);
  return answer.files[0]!.leaseToken;
}

/** A file that is INDEXED with its text. @returns its UUID */
export async function index(
  { lifecycle, orm }: Pick<Bench, 'lifecycle' | 'orm'>,
  { text, tenant = 'local', language = 'auto', contentType = 'text/plain', ...registered }: Indexed,
): Promise<string> {
  const fileId = await bring(lifecycle, [], { tenant, contentType, ...registered });
  for (const event of TO_PROCESSING) await lifecycle.executeOne(sending(fileId, event, { tenant }));
  const leaseToken = await claim({ lifecycle }, tenant, contentType);
  if (text !== undefined) await stageText({ orm, language }, { tenant, fileId, token: leaseToken, text });
  const done = await lifecycle.executeOne(sending(fileId, 'COMPLETE_PROCESSING', { tenant, leaseToken }));
  if (done.outcome !== 'transitioned') throw new Error(`not INDEXED: ${JSON.stringify(done)}`);
  return fileId;
}

export interface Filling {
  readonly tenant: string;
  readonly files: number;
  /** What is in the index. */
  readonly words: string;
  /** What is in the texts, in SQL; `words` if not given. */
  readonly text?: string;
}

/** Many files with the same text, without the way through the lifecycle. Foreign keys are not checked: the rows fit. */
export async function fillTexts(
  { database }: Pick<Bench, 'database'>,
  { tenant, files, words, text = `'${words}'` }: Filling,
): Promise<void> {
  await database.query(`
    set session_replication_role = replica;
    insert into file (id, tenant, name, content_type, transfer, size, bytes_received, state, version, max_attempts,
        metadata, created_at, updated_at)
      select gen_random_uuid(), '${tenant}', 'file', 'a/b', 'MANAGED', 10, 10, 'INDEXED', 1, 3, '{}', now(), now()
      from generate_series(1, ${files});
    insert into file_text (file_id, token, tenant, language, text, tsv, indexed, created_at)
      select id, id, tenant, 'english', ${text}, to_tsvector('english', '${words}'), true, now()
      from file where tenant = '${tenant}'`);
}
