// The parts of a Content-Type: what it names, and the charset that it may carry.

/** `type/subtype` in lower case, without parameters. Empty if there is none. */
export function essenceOf(contentType: string): string {
  return (contentType.split(';', 1)[0] ?? '').trim().toLowerCase();
}

/** The `charset` parameter, in lower case, or null. */
export function charsetOf(contentType: string): string | null {
  const [, quoted, plain] = /;\s*charset\s*=\s*(?:"([^"]*)"|([^\s;"]+))/i.exec(contentType) ?? [];
  return (quoted ?? plain)?.toLowerCase() ?? null;
}
