// A worker for Waybill that counts the words of text files. Needs Node 24 and nothing else; see docs/workers.md.
import { setTimeout as sleep } from 'node:timers/promises';

const { WAYBILL_URL: url = 'http://127.0.0.1:4000', WAYBILL_TOKEN: token, LEASE_SECONDS = '60' } = process.env;
const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
const leaseSeconds = Number(LEASE_SECONDS);
const stopping = new AbortController();
process.once('SIGTERM', () => stopping.abort());

type Lease = { readonly id: string; readonly leaseToken: string };
type Claimed = { readonly leaseToken: string; readonly file: { id: string; size: number; contentUrl: string } };

async function send<Answer>(mutation: string, fields: string, input: object, signal?: AbortSignal): Promise<Answer> {
  const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input!`;
  const query = `mutation ($input: ${type}) { answer: ${mutation}(input: $input) { ${fields} } }`;
  const body = JSON.stringify({ query, variables: { input } });
  const response = await fetch(`${url}/graphql`, { method: 'POST', headers, body, signal: signal ?? null });
  const { data, errors } = (await response.json()) as { data?: { answer: Answer } | null; errors?: unknown };
  if (data == null) throw new Error(JSON.stringify(errors));
  return data.answer;
}

async function countWords(file: Claimed['file'], lease: Lease, signal: AbortSignal, stop: () => void): Promise<object> {
  let received = 0;
  const beat = async (): Promise<void> => {
    const sign = {
      ...lease,
      leaseSeconds,
      progress: file.size === 0 ? 1 : received / file.size,
      message: 'counting words',
    };
    const fields = '... on ExtendLeaseSuccess { cancelRequested }';
    // Without success another worker has the file. After an error it is tried again before the lease is over.
    if ((await send<{ cancelRequested?: boolean }>('extendLease', fields, sign)).cancelRequested !== false) stop();
  };
  const beats = setInterval(() => void beat().catch(() => undefined), (leaseSeconds * 1_000) / 3);
  try {
    const { body } = await fetch(file.contentUrl, { headers, signal });
    let text = '';
    const decoder = new TextDecoder('utf-8', { fatal: true });
    for await (const chunk of body!) {
      received += chunk.length;
      text += decoder.decode(chunk, { stream: true });
    }
    return { words: { version: '1', words: (text + decoder.decode()).split(/\s+/).filter(Boolean).length } };
  } finally {
    clearInterval(beats);
  }
}

async function work({ file, leaseToken }: Claimed): Promise<unknown> {
  const lease = { id: file.id, leaseToken };
  const stop = new AbortController();
  const fields = '__typename ... on Error { code message }';
  try {
    const signal = AbortSignal.any([stop.signal, stopping.signal]);
    const properties = await countWords(file, lease, signal, () => stop.abort());
    return await send('transitionFile', fields, { ...lease, event: 'COMPLETE_PROCESSING', properties });
  } catch (error) {
    // Anything but the file's own fault: give it back. A file that was cancelled fails with this.
    if (!(error instanceof TypeError && 'code' in error && error.code === 'ERR_ENCODING_INVALID_ENCODED_DATA')) {
      return await send('releaseLease', fields, { ...lease, afterSeconds: stop.signal.aborted ? 0 : 5 });
    }
    const failure = { code: 'NOT_TEXT', message: 'The file is not UTF-8.', retryable: false };
    return await send('transitionFile', fields, { ...lease, event: 'FAIL_PROCESSING', failure });
  }
}

const wanted = { worker: 'words.ts', limit: 1, leaseSeconds, waitSeconds: 30, contentTypes: ['text/*'] };
while (!stopping.signal.aborted) {
  try {
    const fields = 'leaseToken file { id size contentUrl }';
    const files = await send<Claimed[]>('claimFiles', fields, wanted, stopping.signal);
    for (const claimed of files) console.log(claimed.file.id, await work(claimed));
  } catch (error) {
    if (!stopping.signal.aborted) console.error('trying again in 2 s:', error);
    await sleep(2_000, undefined, { signal: stopping.signal }).catch(() => undefined);
  }
}
