// Bodies that are compressed once and sent as each browser can read them.
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

export type Encoding = 'br' | 'gzip' | 'identity';

export type Bodies = Readonly<Record<Encoding, Buffer>>;

// The best levels would take 30 s for the last tenth of a large page.
const BROTLI_QUALITY = 5;

export async function compress(body: Buffer): Promise<Bodies> {
  const params = { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY };
  const [br, gzipped] = await Promise.all([promisify(brotliCompress)(body, { params }), promisify(gzip)(body)]);
  return { br, gzip: gzipped, identity: body };
}

/** The best that an Accept-Encoding accepts. A coding with weight 0 is refused (RFC 9110 section 12.5.3). */
export function encodingFor(accepted: string): Encoding {
  const accepts = (coding: string): boolean =>
    new RegExp(`(?:^|,)\\s*${coding}\\s*(?:$|,|;(?!\\s*q=0(?:\\.0*)?\\s*(?:$|,)))`, 'i').test(accepted);
  if (accepts('br')) return 'br';
  return accepts('gzip') ? 'gzip' : 'identity';
}
