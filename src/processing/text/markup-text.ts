// The text of HTML and XML as it is read, without markup, scripts, styles and comments. Nothing is fetched and no entity of
// a document is expanded: htmlparser2 knows the five of XML and, for HTML, the standard's own.
import { createBoundedParser, type BoundedParser, type ParserOptions } from './bounded-parser.ts';
import type { TextCollector } from './text-collector.ts';

/** Elements whose content nobody reads. */
const HIDDEN: ReadonlySet<string> = new Set(['script', 'style', 'template', 'iframe', 'noembed', 'noframes', 'object']);

/** Elements inside of a line: they do not part words. */
const INLINE: ReadonlySet<string> = new Set(
  (
    'a abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd label mark nobr q rp rt ruby s samp ' +
    'small span strike strong sub sup time tspan tt u var wbr'
  ).split(' '),
);

export interface MarkupReader extends BoundedParser {
  /** Of HTML: the content of `<title>`. */
  readonly title: string;
}

export function createMarkupReader(collector: TextCollector, options: ParserOptions): MarkupReader {
  const { xml } = options;
  const writer = createWordWriter(collector);
  const doctype = createDoctypeFilter();
  let hiding = xml ? null : HIDDEN;
  let hidden = 0;
  let inTitle = false;
  let title = '';

  const parser = createBoundedParser(
    {
      onopentagname: (name) => {
        hiding ??= hiddenBelow(name);
        if (hiding.has(name)) hidden += 1;
        if (name === 'title' && title === '') inTitle = true;
        if (xml || !INLINE.has(name)) writer.separate();
      },
      onclosetag: (name) => {
        if (hiding?.has(name)) hidden -= 1;
        if (name === 'title') inTitle = false;
        if (xml || !INLINE.has(name)) writer.separate();
      },
      ontext: (text) => {
        const visible = hidden > 0 ? '' : doctype.filter(text);
        if (inTitle && title.length < 1000) title += visible;
        writer.write(visible);
      },
      onprocessinginstruction: (name, data) => doctype.declaration(name, data),
    },
    options,
  );

  return {
    write: (piece) => parser.write(piece),
    end: () => parser.end(),
    get stopped() {
      return parser.stopped;
    },
    get title() {
      return title.replaceAll(/\s+/g, ' ').trim();
    },
  };
}

/** In XML, names mean what the document says: `<object>` is data. Only pictures and pages have scripts and styles. */
function hiddenBelow(root: string): ReadonlySet<string> {
  return new Set(/^(?:svg|html)$/.test(root) ? ['script', 'style'] : []);
}

/** An unfinished tag, or a CDATA section, arrives whole: 24 MB of words with spaces would take 430 MB in one piece. */
const SLICE = 16_384;

/** Runs of white space become one space, elements that part words a line end. */
function createWordWriter(collector: TextCollector): { write(text: string): void; separate(): void } {
  let pending = '';
  return {
    separate: () => {
      if (!collector.empty) pending = '\n';
    },
    write: (text) => {
      for (let at = 0; at < text.length && !collector.full; at += SLICE) writeSlice(text.slice(at, at + SLICE));
    },
  };

  function writeSlice(text: string): void {
    const words = text.replaceAll(/\s+/g, ' ');
    const start = words.startsWith(' ') ? 1 : 0;
    if (start === 1 && pending === '' && !collector.empty) pending = ' ';
    const end = words.length > start && words.endsWith(' ') ? words.length - 1 : words.length;
    if (end <= start) return;
    collector.add(pending + words.slice(start, end));
    pending = end < words.length ? ' ' : '';
  }
}

/**
 * The tokenizer ends a DOCTYPE at its first `>`. Where that is inside of its `[...]`, the text from there up to `]` belongs
 * to the DOCTYPE.
 */
function createDoctypeFilter(): { declaration(name: string, data: string): void; filter(text: string): string } {
  let inside = false;
  return {
    declaration: (name, data) => {
      if (name.toLowerCase() === '!doctype') inside = data.includes('[') && !data.includes(']');
    },
    filter: (text) => {
      if (!inside) return text;
      const end = text.indexOf(']');
      if (end === -1) return '';
      inside = false;
      return text.slice(text.indexOf('>', end) + 1 || text.length);
    },
  };
}
