// WebSocket frames (RFC 6455 section 5.2) as a subscriber needs them: splits what a server sends without copying, and
// writes short frames. A real client would cost more than the server under test.

export const OPCODES = { text: 1, close: 8, ping: 9, pong: 10 } as const;

export interface Frame {
  readonly opcode: number;
  readonly payload: Buffer;
}

const SHORT = 126;
const LONG = 127;

/** Calls back for each complete frame. @returns the rest: the beginning of the next one */
export function readFrames(bytes: Buffer, onFrame: (frame: Frame) => void): Buffer {
  let at = 0;
  for (;;) {
    const size = sizeOf(bytes, at);
    if (size === null || at + size.header + size.payload > bytes.length) return bytes.subarray(at);
    const start = at + size.header;
    onFrame({ opcode: bytes[at]! & 0x0f, payload: bytes.subarray(start, start + size.payload) });
    at = start + size.payload;
  }
}

/** null until the length is complete. */
function sizeOf(bytes: Buffer, at: number): { header: number; payload: number } | null {
  if (bytes.length < at + 2) return null;
  const short = bytes[at + 1]! & 0x7f; // servers do not mask
  if (short < SHORT) return { header: 2, payload: short };
  const header = short === LONG ? 10 : 4;
  if (bytes.length < at + header) return null;
  const payload = short === LONG ? Number(bytes.readBigUInt64BE(at + 2)) : bytes.readUInt16BE(at + 2);
  return { header, payload };
}

/** A client's frame. It must be masked; with a mask of zeros the payload stays as it is. */
export function writeFrame(opcode: number, payload: Buffer): Buffer {
  const head = payload.length < SHORT ? Buffer.alloc(6) : Buffer.alloc(8);
  head[0] = 0x80 | opcode;
  head[1] = 0x80 | Math.min(payload.length, SHORT);
  if (payload.length >= SHORT) head.writeUInt16BE(payload.length, 2);
  return Buffer.concat([head, payload]);
}
