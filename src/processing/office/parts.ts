// Which parts of an Office file hold its text, in the order in which it is read.
import type { Entry } from 'yauzl';

export type OfficeKind = 'document' | 'spreadsheet' | 'presentation' | 'opendocument';

export interface OfficeParts {
  readonly kind: OfficeKind;
  readonly text: readonly Entry[];
  /** Title and author. */
  readonly about: Entry | undefined;
  /** Says of OpenDocument whether it has a password. */
  readonly manifest: Entry | undefined;
  /** Slides or sheets. */
  readonly count: number;
}

// The names that every program writes. The standard lets a file rename them (its .rels say how); none is known to do so.
const PARTS: readonly { kind: OfficeKind; main: string; text: readonly RegExp[]; counted?: RegExp }[] = [
  {
    kind: 'document',
    main: 'word/document.xml',
    text: [/^word\/document\.xml$/, /^word\/(?:footnotes|endnotes|comments|header\d*|footer\d*)\.xml$/],
  },
  {
    kind: 'spreadsheet',
    main: 'xl/workbook.xml',
    text: [/^xl\/workbook\.xml$/, /^xl\/sharedStrings\.xml$/, /^xl\/worksheets\/[^/]+\.xml$/, /^xl\/comments\d*\.xml$/],
    counted: /^xl\/worksheets\/[^/]+\.xml$/,
  },
  {
    kind: 'presentation',
    main: 'ppt/presentation.xml',
    text: [/^ppt\/slides\/slide\d+\.xml$/, /^ppt\/notesSlides\/notesSlide\d+\.xml$/],
    counted: /^ppt\/slides\/slide\d+\.xml$/,
  },
  { kind: 'opendocument', main: 'content.xml', text: [/^content\.xml$/] },
];

const NEEDED = /^(?:docProps\/core\.xml|meta\.xml|META-INF\/manifest\.xml)$/;

/** Whether a part is needed at all. */
export function isOfficePart(name: string): boolean {
  return (
    NEEDED.test(name) || PARTS.some(({ main, text }) => name === main || text.some((pattern) => pattern.test(name)))
  );
}

/** @returns null if no part is the main one of an Office file */
export function officeParts(entries: ReadonlyMap<string, Entry>): OfficeParts | null {
  const known = PARTS.find(
    ({ main, text }) => entries.has(main) || (main.startsWith('ppt/') && hasMatch(entries, text[0])),
  );
  if (!known) return null;
  const text = known.text.flatMap((pattern) => matching(entries, pattern));
  return {
    kind: known.kind,
    text,
    about: entries.get(known.kind === 'opendocument' ? 'meta.xml' : 'docProps/core.xml'),
    manifest: entries.get('META-INF/manifest.xml'),
    count: known.counted ? matching(entries, known.counted).length : 0,
  };
}

function hasMatch(entries: ReadonlyMap<string, Entry>, pattern: RegExp | undefined): boolean {
  return pattern !== undefined && matching(entries, pattern).length > 0;
}

/** In the order of their numbers: slide 2 before slide 10. */
function matching(entries: ReadonlyMap<string, Entry>, pattern: RegExp): Entry[] {
  const names = Array.from(entries.keys()).filter((name) => pattern.test(name));
  names.sort((a, b) => numberIn(a) - numberIn(b) || (a < b ? -1 : 1));
  return names.flatMap((name) => entries.get(name) ?? []);
}

function numberIn(name: string): number {
  return Number(/(\d{1,9})\.xml$/.exec(name)?.[1] ?? 0);
}
