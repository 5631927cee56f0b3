// Finds out what a mutation consists of, to know whether all of it can be sent again. Not a parser of GraphQL: what it does
// not know counts as something that cannot.

/** A field that the operation begins with. */
export interface RootField {
  /** The variable that is its `input`; null: its arguments are anything else. */
  readonly input: string | null;
}

/** Strings, comments, names and variables, and what stands for itself. */
const TOKEN = /"""(?:\\"""|[^])*?"""|"(?:\\.|[^"\\\n])*"|#[^\n\r]*|\.\.\.|\$?[A-Za-z_]\w*|[^\s,\uFEFF]/g;

const DEEPER: ReadonlySet<string> = new Set(['{', '(', '[']);
const BACK: ReadonlySet<string> = new Set(['}', ')', ']']);

/** @param document with one operation, a mutation. @returns null when it has anything but fields, such as a fragment */
export function rootFieldsOf(document: string): readonly RootField[] | null {
  const tokens = (document.match(TOKEN) ?? []).filter((token) => !token.startsWith('#'));
  const selection = selectionOf(tokens);
  const fields: RootField[] = [];
  for (let at = 0; at < selection.length;) {
    if (!/^[A-Za-z_]/.test(selection[at]!)) return null;
    at += selection[at + 1] === ':' ? 3 : 1;
    const isCalled = selection[at] === '(';
    const end = isCalled ? endOf(selection, at) : at;
    fields.push({ input: isCalled ? inputIn(selection.slice(at + 1, end - 1)) : null });
    at = selection[end] === '{' ? endOf(selection, end) : end;
  }
  return fields.length === 0 ? null : fields;
}

/** What stands between the braces of the mutation. */
function selectionOf(tokens: readonly string[]): readonly string[] {
  let depth = 0;
  let isFound = false;
  for (const [at, token] of tokens.entries()) {
    if (depth === 0 && token === 'mutation') isFound = true;
    if (depth === 0 && token === '{' && isFound) return tokens.slice(at + 1, endOf(tokens, at) - 1);
    if (DEEPER.has(token)) depth += 1;
    if (BACK.has(token)) depth -= 1;
  }
  return [];
}

/** The place behind the bracket that closes the one at a place. */
function endOf(tokens: readonly string[], from: number): number {
  let depth = 0;
  for (let at = from; at < tokens.length; at += 1) {
    if (DEEPER.has(tokens[at]!)) depth += 1;
    if (BACK.has(tokens[at]!)) depth -= 1;
    if (depth === 0) return at + 1;
  }
  return tokens.length;
}

function inputIn(args: readonly string[]): string | null {
  const [name, colon, value, ...others] = args;
  const isInput = name === 'input' && colon === ':' && value?.startsWith('$') === true && others.length === 0;
  return isInput ? value.slice(1) : null;
}
