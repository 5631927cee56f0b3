// htmlparser2 with a limit on nesting.
import { Parser, type Handler } from 'htmlparser2';

/** Browsers nest 512 deep. Each end tag is looked up in all open ones: without a limit, small files take minutes. */
const MAX_DEPTH = 1000;
/** Characters between two looks at the depth. */
const SLICE = 16_384;

export interface BoundedParser {
  write(piece: string): void;
  /** Reads what is left over, and ends. */
  end(): void;
  /** Nested too deeply: nothing more is read. */
  readonly stopped: boolean;
}

export interface ParserOptions {
  /** Read as XML, not as HTML. */
  readonly xml: boolean;
  /** `<script/>` is an empty element, as in XHTML. In HTML it is a start tag, and hides the rest of the page. */
  readonly selfClosing?: boolean;
}

export function createBoundedParser(
  handler: Partial<Handler>,
  { xml, selfClosing = xml }: ParserOptions,
): BoundedParser {
  let depth = 0;
  const parser = new Parser(
    {
      ...handler,
      onopentagname: (name) => {
        depth += 1;
        handler.onopentagname?.(name);
      },
      onclosetag: (name, isImplied) => {
        depth -= 1;
        handler.onclosetag?.(name, isImplied);
      },
    },
    { xmlMode: xml, recognizeSelfClosing: selfClosing, decodeEntities: true },
  );
  const stopped = () => depth > MAX_DEPTH;
  return {
    write: (piece) => {
      for (let at = 0; at < piece.length && !stopped(); at += SLICE) parser.write(piece.slice(at, at + SLICE));
    },
    end: () => {
      if (!stopped()) parser.end();
    },
    get stopped() {
      return stopped();
    },
  };
}
