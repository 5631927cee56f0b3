// The charset that a document names in its own first bytes: <meta charset> of HTML, the declaration of XML.

/** HTML parsers look no further (HTML Living Standard, 13.2.3.2). */
const LOOKED_AT = 1024;

/** In lower case and not checked, or null. */
export function declaredCharset(sample: Uint8Array): string | null {
  const start = Buffer.from(sample.subarray(0, LOOKED_AT)).toString('latin1');
  const [, xml] = /^\s*<\?xml[^>]{0,200}?\bencoding\s*=\s*["']([\w.:-]{1,40})["']/.exec(start) ?? [];
  const [, html] = /<meta\b[^>]{0,400}?\bcharset\s*=\s*["']?\s*([\w.:-]{1,40})/i.exec(start) ?? [];
  return (xml ?? html)?.toLowerCase() ?? null;
}
