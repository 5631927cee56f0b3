// Frames a text message of a WebSocket server in one buffer (RFC 6455 section 5.2). ws writes header and body separately,
// which costs the kernel a third more; and here the body is a buffer already, shared by many subscribers.

import type { Printed } from '../../graphql/printed-results.ts';

// The final fragment of a text message.
const TEXT = 0x81;
const CLOSING_BRACE = 0x7d;

/** The header's second byte holds lengths up to 125; 126 and 127 say that 2 or 8 bytes with the length follow. */
function headerLength(length: number): number {
  if (length < 126) return 2;
  return length < 0x1_0000 ? 4 : 10;
}

function writeHeader(frame: Buffer, length: number): void {
  frame[0] = TEXT;
  if (length < 126) frame[1] = length;
  else if (length < 0x1_0000) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeUInt32BE(0, 2);
    frame.writeUInt32BE(length, 6);
  }
}

/** The message `head`, then `body`, then a closing brace. */
export function frameMessage(head: string, body: Buffer): Buffer {
  const headBytes = Buffer.byteLength(head);
  const length = headBytes + body.length + 1;
  const start = headerLength(length);
  const frame = Buffer.allocUnsafe(start + length);
  writeHeader(frame, length);
  frame.write(head, start);
  body.copy(frame, start + headBytes);
  frame[start + length - 1] = CLOSING_BRACE;
  return frame;
}

interface CachedFrame {
  readonly body: Buffer;
  readonly head: string;
  readonly frame: Buffer;
}

const cachedFrames = new WeakMap<Printed, CachedFrame>();

/** The frame of a result. Kept for the next subscriber: most clients give their first subscription the same id. */
export function frameOf(printed: Printed, head: string): Buffer {
  const cached = cachedFrames.get(printed);
  if (cached?.head === head) return cached.frame;
  const body = cached?.body ?? Buffer.from(printed.text);
  const frame = frameMessage(head, body);
  cachedFrames.set(printed, { body, head, frame });
  return frame;
}
