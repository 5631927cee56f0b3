// Cuts a text to so many bytes of UTF-8, with no character cut in two.

/** The beginning of a text, at most so many bytes. */
export function cutText(text: string, maxBytes: number): string {
  if (text.length * 3 <= maxBytes) return text;
  const bytes = Buffer.from(text.slice(0, Math.max(0, maxBytes)));
  if (bytes.length <= maxBytes && text.length <= maxBytes) return text;
  let end = Math.max(0, Math.min(maxBytes, bytes.length));
  // 10xxxxxx continues a character.
  while (end > 0 && end < bytes.length && (bytes[end]! & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end);
}
