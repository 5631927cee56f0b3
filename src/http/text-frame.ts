// A text message of a WebSocket server as one frame in one piece of memory (RFC 6455 section 5.2). ws writes header and
// body apart, which is a third more work in the kernel; and here the body is bytes already, the same for many.

// The final fragment of a text message.
const TEXT = 0x81;
const CLOSING_BRACE = 0x7d;

/** Payload lengths up to 125 are in the header's second byte; 126 and 127 there say that 2 or 8 bytes with it follow. */
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
