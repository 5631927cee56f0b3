// Names as the server accepts them: it allows no control characters.

export interface ServerName {
  readonly name: string;
  /** As it was, where it had to be escaped. */
  readonly originalName?: string;
}

const ESCAPES: Readonly<Record<string, string>> = { '\t': String.raw`\t`, '\n': String.raw`\n`, '\r': String.raw`\r` };

function escapeControl(character: string): string {
  const hex = (character.codePointAt(0) ?? 0).toString(16).padStart(2, '0');
  return ESCAPES[character] ?? String.raw`\x${hex}`;
}

/** A tab becomes `\t`, an escape `\x1b`. */
export function toServerName(name: string): ServerName {
  const escaped = name.replaceAll(/\p{Cc}/gu, escapeControl);
  return escaped === name ? { name } : { name: escaped, originalName: name };
}
