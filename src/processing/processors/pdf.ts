// Pages, title, author and text of a PDF, up to limits of pages, text and time.
import { essenceOf } from '../media-types/essence.ts';
import { canonicalType } from '../media-types/aliases.ts';
import { lookForBomb } from '../pdf/bomb.ts';
import { withPdf, type PdfDocument } from '../pdf/open-pdf.ts';
import { ProcessingError, type Findings, type Processor, type ProcessorInput } from '../processor.ts';
import { TextCollector } from '../text/text-collector.ts';

export interface PdfOptions {
  /** Milliseconds after which no further page is read. */
  readonly timeLimit?: number;
  /** Pages that are read. */
  readonly pageLimit?: number;
  /** Milliseconds, from anywhere. */
  readonly now?: () => number;
}

/** pdf.js reserves memory for the whole file, and uses what it reads. */
const MOST_BYTES = 2 ** 31;
const LONGEST = 300;

export function pdfProcessor(options: PdfOptions = {}): Processor {
  const { timeLimit = 60_000, pageLimit = 5000, now = () => performance.now() } = options;
  return {
    name: 'pdf',
    version: '1',
    accepts: (contentType) => canonicalType(essenceOf(contentType)) === 'application/pdf',
    run: async (input): Promise<Findings> => {
      const { bytes, size, signal } = input;
      const end = now() + timeLimit;
      if (size === 0) throw new ProcessingError('PDF_BROKEN', 'The PDF is empty.');
      if (size > MOST_BYTES)
        throw new ProcessingError('PDF_TOO_LARGE', `The PDF has ${size} bytes; the limit is 2 GiB.`);
      const check = () => {
        signal.throwIfAborted();
        // Not retryable: the same bytes take as long again.
        if (now() > end) throw new ProcessingError('PDF_TIMEOUT', 'The PDF takes too long to read.');
      };
      const looks = await lookForBomb(bytes, size, check);
      if (looks === 'damaged') throw new ProcessingError('PDF_BROKEN', 'Most of the PDF is damaged.');
      if (looks === 'bomb') {
        throw new ProcessingError('PDF_TOO_LARGE', 'A part of the PDF unpacks to more than 64 MiB.');
      }
      return withPdf(bytes, size, signal, (document) =>
        read(document, input, { pageLimit, isLate: () => now() > end }),
      );
    },
  };
}

interface Limits {
  readonly pageLimit: number;
  readonly isLate: () => boolean;
}

async function read(document: PdfDocument, { signal, progress }: ProcessorInput, limits: Limits): Promise<Findings> {
  const collector = new TextCollector();
  const about = await aboutOf(document);
  const pages = document.numPages;
  let unreadable = 0;
  let number = 1;
  for (; number <= Math.min(pages, limits.pageLimit) && !collector.full && !limits.isLate(); number += 1) {
    signal.throwIfAborted();
    if (!(await readPage(document, number, collector, limits))) unreadable += 1;
    progress(number / pages);
  }
  signal.throwIfAborted();
  const attempted = number - 1;
  if (attempted > 0 && unreadable === attempted)
    throw new ProcessingError('PDF_BROKEN', 'No page of the PDF can be read.');
  const truncated = collector.full || attempted < pages;
  return { properties: { pages, ...about, unreadablePages: unreadable, truncated }, text: collector.text() };
}

/** @returns false if the page is damaged: the others may be sound */
async function readPage(
  document: PdfDocument,
  number: number,
  collector: TextCollector,
  { isLate }: Limits,
): Promise<boolean> {
  try {
    const page = await document.getPage(number);
    // In pieces: a page may hold millions of them.
    const reader = page.streamTextContent().getReader();
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      for (const item of value.items) if ('str' in item) collector.add(item.hasEOL ? `${item.str}\n` : item.str);
      if (collector.full || isLate()) {
        await reader.cancel(new Error('Enough was read.'));
        break;
      }
    }
    page.cleanup();
    collector.add('\n');
    return true;
  } catch {
    return false;
  }
}

async function aboutOf(document: PdfDocument): Promise<Record<string, unknown>> {
  const { info } = await document.getMetadata();
  const { Title: title, Author: author } = info as Readonly<Record<string, unknown>>;
  return { ...named('title', title), ...named('author', author) };
}

function named(name: string, value: unknown): Record<string, string> {
  if (typeof value !== 'string') return {};
  const text = value
    .replaceAll(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, LONGEST)
    .toWellFormed();
  return text === '' ? {} : { [name]: text };
}
