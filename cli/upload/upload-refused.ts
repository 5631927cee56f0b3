// A tus request that was refused, by Waybill or by a proxy in front of it.
import { CliError, parseRetryAfter } from '../errors.ts';

interface Answer {
  getStatus(): number;
  getHeader(name: string): string | undefined;
  getBody(): string;
}

const PAYLOAD_TOO_LARGE = 413;
const TOO_MANY_REQUESTS = 429;
const MAX_CHARACTERS = 300;

/** The bytes of this file were refused. */
export class UploadRefused extends CliError<'UPLOAD_REFUSED'> {
  readonly status: number;
  /** When to send the rest; null: the server did not say. */
  readonly retryAfterSeconds: number | null;

  constructor(status: number, message: string, retryAfterSeconds: number | null = null) {
    super('UPLOAD_REFUSED', message);
    this.status = status;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  static from(answer: Answer): UploadRefused {
    const status = answer.getStatus();
    const [line = ''] = answer.getBody().trim().split('\n');
    if (line.startsWith('<') && answer.getHeader('Tus-Resumable') === undefined) return byProxy(status);
    const reason = line === '' || line.startsWith('<') ? '' : `: ${line.slice(0, MAX_CHARACTERS)}`;
    const retryAfter = status === TOO_MANY_REQUESTS ? parseRetryAfter(answer.getHeader('Retry-After')) : null;
    return new UploadRefused(status, `The server refused the bytes with ${status}${reason}`, retryAfter);
  }
}

/** Every response of Waybill to a tus request has Tus-Resumable; an HTML page without it comes from a proxy. */
function byProxy(status: number): UploadRefused {
  const cure =
    status === PAYLOAD_TOO_LARGE
      ? ': it allows smaller requests only. Use a smaller --chunk-size, such as 1MiB, or raise its limit (client_max_body_size in nginx)'
      : '';
  return new UploadRefused(status, `A proxy in front of the server refused the bytes with ${status}${cure}`);
}
