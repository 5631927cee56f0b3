// Title and author of an Office file, from docProps/core.xml or meta.xml.
import { Parser } from 'htmlparser2';

/** Dublin Core names, in the order of preference; OpenDocument has a first and a last author. */
const FIELDS: ReadonlyMap<string, 'title' | 'author'> = new Map([
  ['dc:title', 'title'],
  ['dc:creator', 'author'],
  ['meta:initial-creator', 'author'],
]);
const LONGEST = 300;

export function aboutOf(xml: string): { title?: string; author?: string } {
  const found: { title?: string; author?: string } = {};
  let field: 'title' | 'author' | undefined;
  const parser = new Parser(
    {
      onopentagname: (name) => {
        const named = FIELDS.get(name);
        field = named !== undefined && found[named] === undefined ? named : undefined;
      },
      onclosetag: () => {
        field = undefined;
      },
      ontext: (text) => {
        if (field) found[field] = clean((found[field] ?? '') + text);
      },
    },
    { xmlMode: true },
  );
  parser.end(xml);
  return found;
}

function clean(text: string): string {
  return text
    .replaceAll(/\p{Cc}+/gu, ' ')
    .slice(0, LONGEST)
    .toWellFormed();
}
