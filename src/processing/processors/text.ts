// Text from plain text, Markdown, HTML, CSV, JSON and XML, in whatever encoding. Reads in a stream and stops at 1 MiB of text.
import { charsetOf, essenceOf } from '../media-types/essence.ts';
import { textFormatOf, type TextFormat } from '../media-types/families.ts';
import { foundType } from '../found-type.ts';
import type { Findings, Processor, ProcessorInput } from '../processor.ts';
import { detectCharset } from '../text/charset.ts';
import { csvShape } from '../text/csv-shape.ts';
import { declaredCharset } from '../text/declared-charset.ts';
import { decodedText } from '../text/decode.ts';
import { createJsonReader } from '../text/json-text.ts';
import { createMarkupReader, type MarkupReader } from '../text/markup-text.ts';
import { TextCollector } from '../text/text-collector.ts';

/** Enough to see a character that is not ASCII in nearly every text that has any. */
const SAMPLE = 1 << 20;
/** Markup may hide little text in many bytes; an unfinished tag or comment is held in memory up to this. */
const MOST_READ = 32 << 20;

export function textProcessor(): Processor {
  return {
    name: 'text',
    version: '1',
    accepts: (contentType) => textFormatOf(essenceOf(contentType)) !== null,
    run: readText,
  };
}

async function readText(input: ProcessorInput): Promise<Findings> {
  const { bytes, size, file, signal, progress } = input;
  const format = formatOf(input);
  const sample = await bytes.read(0, SAMPLE);
  const isMarkup = format === 'html' || format === 'xml';
  const charset = detectCharset(sample, [charsetOf(file.contentType), isMarkup ? declaredCharset(sample) : null]);
  if (charset === null) return { properties: { format, charset: null } };

  const collector = new TextCollector();
  const reader = createReader(format, collector, foundType(input));
  let read = 0;
  for await (const piece of decodedText(bytes, charset.label, MOST_READ, signal)) {
    reader.write(piece);
    if (collector.full || reader.stopped) break;
    read += piece.length;
    progress(Math.min(1, read / Math.max(1, Math.min(size, MOST_READ))));
  }
  reader.end();
  const truncated = collector.full || reader.stopped || size > MOST_READ;
  return {
    properties: { format, charset: charset.label, charsetFrom: charset.source, truncated, ...reader.facts() },
    text: collector.text(),
  };
}

/** As detected; but a plain text is read as what it was declared to be, if that is text too. */
function formatOf(input: ProcessorInput): TextFormat {
  const detected = textFormatOf(foundType(input));
  const declared = textFormatOf(essenceOf(input.file.contentType));
  return (detected === 'plain' || detected === null ? declared : detected) ?? 'plain';
}

interface Reader {
  write(piece: string): void;
  end(): void;
  readonly stopped: boolean;
  facts(): Record<string, unknown>;
}

function createReader(format: TextFormat, collector: TextCollector, type: string): Reader {
  switch (format) {
    case 'html':
    case 'xml':
      return markupReader(
        createMarkupReader(collector, {
          xml: format === 'xml',
          selfClosing: type.endsWith('+xml') || format === 'xml',
        }),
      );
    case 'json': {
      const toText = createJsonReader();
      return plainReader(collector, (piece) => toText(piece));
    }
    case 'csv':
      return csvReader(collector);
    case 'markdown':
    case 'plain':
      return plainReader(collector, (piece) => piece);
  }
}

function markupReader(reader: MarkupReader): Reader {
  return {
    write: (piece) => reader.write(piece),
    end: () => reader.end(),
    get stopped() {
      return reader.stopped;
    },
    facts: () => (reader.title === '' ? {} : { title: reader.title.slice(0, 300).toWellFormed() }),
  };
}

function plainReader(collector: TextCollector, toText: (piece: string) => string): Reader {
  return { write: (piece) => collector.add(toText(piece)), end: () => {}, stopped: false, facts: () => ({}) };
}

function csvReader(collector: TextCollector): Reader {
  let start = '';
  return {
    ...plainReader(collector, (piece) => {
      if (start.length < SAMPLE) start += piece.slice(0, SAMPLE);
      return piece;
    }),
    facts: () => ({ ...csvShape(start, !collector.full) }),
  };
}
