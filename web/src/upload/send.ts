// Sends the bytes of one file by tus 1.0 (https://tus.io/protocols/resumable-upload): from where the server is, in one request
// if nothing breaks. XMLHttpRequest, because fetch does not say how much has been sent.
import { pause } from './pause.ts';

export interface Sending {
  readonly file: Blob;
  readonly url: string;
  readonly token: string | undefined;
  readonly signal: AbortSignal;
  /** Bytes that have left this machine, from the beginning of the file. */
  readonly onSent: (bytes: number) => void;
  /** Bytes that the server has stored, as it said itself. */
  readonly onStored: (bytes: number) => void;
  /** An attempt failed, and will be repeated. */
  readonly onWaiting: () => void;
}

/** The server will not take it, however often it is asked. */
export class UploadRefused extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

interface Answer {
  readonly status: number;
  readonly offset: number | null;
  readonly retryAfterMs: number;
  readonly text: string;
}

const MAX_WAIT_MS = 10_000;
/** Offsets that the server knows better, locks of another request, and what passes by itself. */
const isPassing = (status: number): boolean => [0, 408, 409, 423, 429, 460].includes(status) || status >= 500;

/** @throws UploadRefused, or the reason of the signal */
export async function sendBytes(sending: Sending): Promise<void> {
  const { file, signal, onStored, onWaiting } = sending;
  let failures = 0;
  for (;;) {
    signal.throwIfAborted();
    const head = await request(sending, 'HEAD');
    let answer = head;
    if (head.status === 200 && head.offset !== null) {
      onStored(head.offset);
      // An empty file is complete with an empty request.
      if (head.offset >= file.size && file.size > 0) return;
      answer = await request(sending, 'PATCH', head.offset);
      if (answer.offset !== null) {
        if (answer.offset > head.offset) failures = 0;
        onStored(answer.offset);
        if (answer.offset >= file.size) return;
      }
    }
    if (!isPassing(answer.status) && answer.status >= 300) throw new UploadRefused(answer.status, answer.text.trim());
    failures += 1;
    onWaiting();
    const wait = Math.min(MAX_WAIT_MS, 200 * 2 ** failures) * (0.25 + 0.75 * Math.random());
    await pause(answer.retryAfterMs + wait, signal);
  }
}

function request({ file, url, token, signal, onSent }: Sending, method: 'HEAD' | 'PATCH', from = 0): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sender = new XMLHttpRequest();
    sender.open(method, url);
    sender.setRequestHeader('Tus-Resumable', '1.0.0');
    if (token !== undefined) sender.setRequestHeader('Authorization', `Bearer ${token}`);
    const abort = (): void => sender.abort();
    sender.addEventListener('loadend', () => {
      signal.removeEventListener('abort', abort);
      if (signal.aborted) reject(signal.reason as Error);
      else resolve(answerOf(sender));
    });
    signal.addEventListener('abort', abort, { once: true });
    if (method === 'HEAD') return sender.send();
    sender.upload.addEventListener('progress', ({ loaded }) => onSent(Math.min(from + loaded, file.size)));
    sender.setRequestHeader('Upload-Offset', String(from));
    sender.setRequestHeader('Content-Type', 'application/offset+octet-stream');
    sender.send(file.slice(from));
  });
}

function answerOf(sender: XMLHttpRequest): Answer {
  const offset = sender.getResponseHeader('Upload-Offset');
  return {
    status: sender.status,
    offset: offset === null ? null : Number(offset),
    retryAfterMs: Number(sender.getResponseHeader('Retry-After') ?? 0) * 1_000,
    text: sender.responseText,
  };
}
