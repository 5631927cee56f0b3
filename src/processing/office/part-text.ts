// Text from one XML part of an Office file. htmlparser2 expands no entity of a document; nothing is fetched.
import type { Handler } from 'htmlparser2';
import { createBoundedParser, type BoundedParser } from '../text/bounded-parser.ts';
import type { OfficeKind } from './parts.ts';
import type { TextCollector } from '../text/text-collector.ts';

/** Elements, without prefix, between which the characters are text. In OpenDocument also between others inside of these. */
const TEXT: Readonly<Record<OfficeKind, ReadonlySet<string>>> = {
  document: new Set(['t']),
  spreadsheet: new Set(['t']),
  presentation: new Set(['t']),
  opendocument: new Set(['p', 'h']),
};
const LINE_ENDS: ReadonlySet<string> = new Set(['p', 'h', 'br', 'cr', 'line-break', 'si', 'row', 'table-row']);
const GAPS: ReadonlySet<string> = new Set(['tab', 's', 'c', 'tc', 'table-cell', 'is']);
/** Phonetic readings, which repeat the text, and what was deleted under change tracking. */
const LEFT_OUT: ReadonlySet<string> = new Set(['rPh', 'phoneticPr', 'tracked-changes']);

/** @returns a parser that adds the text of the XML written to it */
export function createPartParser(kind: OfficeKind, collector: TextCollector): BoundedParser {
  const handler = kind === 'spreadsheet' ? sheetHandler(collector) : textHandler(kind, collector);
  return createBoundedParser(handler, { xml: true });
}

function textHandler(kind: OfficeKind, collector: TextCollector): Partial<Handler> {
  let inText = 0;
  let leftOut = 0;
  return {
    onopentagname: (tag) => {
      const name = localName(tag);
      if (TEXT[kind].has(name)) inText += 1;
      if (LEFT_OUT.has(name)) leftOut += 1;
      // Of OpenDocument: spaces and tabs are elements inside of the text.
      if (GAPS.has(name) && inText > 0) collector.add(' ');
    },
    onclosetag: (tag) => {
      const name = localName(tag);
      if (TEXT[kind].has(name)) inText -= 1;
      if (LEFT_OUT.has(name)) leftOut -= 1;
      if (LINE_ENDS.has(name)) collector.add('\n');
      else if (GAPS.has(name) && inText === 0) collector.add('\t');
    },
    ontext: (text) => {
      if (inText > 0 && leftOut === 0) collector.add(text);
    },
  };
}

/** Besides texts: names of sheets, numbers, and what formulas gave. A shared string is a number of a string that was read. */
function sheetHandler(collector: TextCollector): Partial<Handler> {
  const texts = textHandler('spreadsheet', collector);
  let tag = '';
  let cellType = '';
  let inValue = false;
  return {
    onopentagname: (name) => {
      texts.onopentagname?.(name);
      tag = localName(name);
      if (tag === 'c') cellType = 'n';
      inValue = tag === 'v' && (cellType === 'n' || cellType === 'str');
    },
    onattribute: (name, value) => {
      if (tag === 'c' && name === 't') cellType = value;
      if (tag === 'sheet' && name === 'name') collector.add(`${value}\n`);
    },
    onclosetag: (name, isImplied) => {
      inValue = false;
      texts.onclosetag?.(name, isImplied);
    },
    ontext: (text) => {
      if (inValue) collector.add(text);
      else texts.ontext?.(text);
    },
  };
}

function localName(tag: string): string {
  return tag.slice(tag.indexOf(':') + 1);
}
