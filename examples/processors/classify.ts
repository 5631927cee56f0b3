// A processor that asks another HTTP service: it posts the bytes to CLASSIFIER_URL and keeps the labels of the answer.
//   CLASSIFIER_URL=http://classifier:8080/labels
//   WAYBILL_PROCESSORS=media-type,image,./examples/processors/classify.ts
import { Readable } from 'node:stream';
import { ProcessingError, type Processor } from '../../src/processing/processor.ts';

/** Without this there is neither network nor environment. */
export const needs = { network: true, env: ['CLASSIFIER_URL'] };

const classify: Processor = {
  name: 'classify',
  version: '1',
  accepts: (contentType) => contentType.startsWith('image/'),
  async run({ bytes, size, file, signal }) {
    const response = await post(
      bytes.stream(),
      { 'content-type': file.contentType, 'content-length': `${size}` },
      signal,
    );
    if (!response.ok) throw refused(response.status);
    const { labels } = (await response.json()) as { labels?: unknown };
    if (!Array.isArray(labels)) throw new ProcessingError('CLASSIFIER_CONFUSED', 'The answer has no labels.');
    return { properties: { labels: labels.slice(0, 20).map(String) }, text: labels.join(' ') };
  },
};

async function post(body: AsyncIterable<Uint8Array>, headers: Record<string, string>, signal: AbortSignal) {
  try {
    // A stream as body needs `duplex`; the signal ends the request when processing is cancelled or its time is up.
    const init = { method: 'POST', headers, body: Readable.toWeb(Readable.from(body)), duplex: 'half', signal };
    return await fetch(process.env['CLASSIFIER_URL']!, init as RequestInit);
  } catch (cause) {
    throw new ProcessingError('CLASSIFIER_AWAY', 'The classifier cannot be reached.', { retryable: true, cause });
  }
}

/** It may be better later if the service has trouble, and never if it does not want these bytes. */
function refused(status: number): ProcessingError {
  const retryable = status >= 500 || status === 429;
  return new ProcessingError('CLASSIFIER_REFUSED', `The classifier answered ${status}.`, { retryable });
}

export default classify;
