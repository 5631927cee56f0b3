// The words of a JSON text: names, strings and numbers, without escapes and punctuation. What is broken stays readable.

const TOKENS = /\\u([0-9a-fA-F]{4})|\\(.)|"|[{}[\],:]+/gs;
const CUT_ESCAPE = /(?<!\\)(?:\\\\)*(\\(?:u[0-9a-fA-F]{0,3})?)$/;
const ESCAPES: Readonly<Record<string, string>> = { b: ' ', f: ' ', n: '\n', r: ' ', t: '\t' };

/** A function that turns the pieces of a JSON text, in order, into text. */
export function createJsonReader(): (piece: string) => string {
  let inString = false;
  let carried = '';
  return (piece) => {
    const [whole, rest] = splitCutEscape(carried + piece);
    carried = rest;
    return whole.replace(TOKENS, (token: string, unicode?: string, escaped?: string) => {
      if (unicode !== undefined) return String.fromCharCode(Number.parseInt(unicode, 16));
      if (escaped !== undefined) return ESCAPES[escaped] ?? escaped;
      if (token !== '"') return inString ? token : ' ';
      inString = !inString;
      return '';
    });
  };
}

/** An escape that continues in the next piece is left for it. */
function splitCutEscape(text: string): [whole: string, rest: string] {
  const tail = text.slice(-64);
  const [, escape = ''] = CUT_ESCAPE.exec(tail) ?? [];
  return escape === '' ? [text, ''] : [text.slice(0, -escape.length), escape];
}
