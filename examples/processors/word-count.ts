// A processor of one's own: counts the words of plain text. docs/processors.md explains it.
//   WAYBILL_PROCESSORS=media-type,text,./examples/processors/word-count.ts
import { ProcessingError, type Processor } from '../../src/processing/processor.ts';

const LARGEST = 16 * 1024 * 1024;

const wordCount: Processor = {
  name: 'word-count',
  version: '1',
  accepts: (contentType) => contentType.startsWith('text/plain'),
  async run({ bytes, size, progress, signal }) {
    if (size > LARGEST) throw new ProcessingError('TOO_LONG_TO_COUNT', 'The text is longer than 16 MiB.');
    const decoder = new TextDecoder();
    let words = 0;
    let rest = '';
    let done = 0;
    for await (const chunk of bytes.stream()) {
      signal.throwIfAborted();
      // The last word may go on in the next chunk.
      const parts = (rest + decoder.decode(chunk, { stream: true })).split(/\s+/);
      rest = parts.pop() ?? '';
      words += parts.filter((part) => part !== '').length;
      done += chunk.length;
      progress(done / size, `${words} words so far`);
    }
    return { properties: { words: words + (rest === '' ? 0 : 1) } };
  },
};

export default wordCount;
