// A tus request that was refused, by Waybill or by a proxy in front of it.
import type { WaybillError } from '../../packages/client/src/index.ts';
import { CliError } from '../errors.ts';

const PAYLOAD_TOO_LARGE = 413;
const TOO_MANY_REQUESTS = 429;

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

  /** @param error with the status and the text of what was answered */
  static from({ extensions, retryAfterMs }: WaybillError): UploadRefused {
    const { status, text, isByProxy } = extensions as { status: number; text: string; isByProxy: boolean };
    if (isByProxy) return byProxy(status);
    const isLimited = status === TOO_MANY_REQUESTS && retryAfterMs !== null;
    const reason = text === '' ? '' : `: ${text}`;
    const retryAfterSeconds = isLimited ? retryAfterMs / 1_000 : null;
    return new UploadRefused(status, `The server refused the bytes with ${status}${reason}`, retryAfterSeconds);
  }
}

/** An HTML page that does not come from Waybill. */
function byProxy(status: number): UploadRefused {
  const cure =
    status === PAYLOAD_TOO_LARGE
      ? ': it allows smaller requests only. Use a smaller --chunk-size, such as 1MiB, or raise its limit (client_max_body_size in nginx)'
      : '';
  return new UploadRefused(status, `A proxy in front of the server refused the bytes with ${status}${cure}`);
}
