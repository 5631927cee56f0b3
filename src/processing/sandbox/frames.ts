// The channel between this process and a child: frames of JSON and text, whose sizes are known and bounded before anything
// is parsed. Node's own IPC parses whatever comes, however long it is.

/** Two lengths, 32 bits each: of the JSON and of the text after it. */
const HEAD_BYTES = 8;

export interface Frame {
  readonly message: unknown;
  readonly text: string;
}

/** The other side has sent more than it may. */
export class FrameTooLarge extends Error {}

export function encodeFrame(message: object, text = ''): Buffer {
  const json = Buffer.from(JSON.stringify(message));
  const textBytes = Buffer.from(text);
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt32LE(json.length, 0);
  head.writeUInt32LE(textBytes.length, 4);
  return Buffer.concat([head, json, textBytes]);
}

export class FrameReader {
  readonly #allowance: number;
  readonly #longestJson: number;
  #left: number;
  #chunks: Buffer[] = [];
  #length = 0;
  #needed = HEAD_BYTES;

  /**
   * @param allowance bytes that may arrive between two calls of `allow`
   * @param longestJson bytes; longer JSON is refused by its length alone: parsing 5 MB of it took 187 MB
   */
  constructor(allowance: number, longestJson = allowance) {
    this.#longestJson = longestJson;
    this.#allowance = allowance;
    this.#left = allowance;
  }

  /** A new piece of work begins: the allowance counts from here. */
  allow(): void {
    this.#left = this.#allowance;
  }

  /**
   * @returns the frames that are complete now
   * @throws FrameTooLarge, or SyntaxError when it is not JSON
   */
  push(chunk: Buffer): Frame[] {
    this.#left -= chunk.length;
    if (this.#left < 0) throw new FrameTooLarge();
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    const frames: Frame[] = [];
    // Chunks are joined only once a whole frame is here, so that a long one is not copied again with every chunk.
    while (this.#length >= this.#needed) {
      const frame = this.#take();
      if (frame !== null) frames.push(frame);
    }
    return frames;
  }

  #take(): Frame | null {
    const bytes = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks);
    const jsonLength = bytes.readUInt32LE(0);
    const jsonEnd = HEAD_BYTES + jsonLength;
    const end = jsonEnd + bytes.readUInt32LE(4);
    if (jsonLength > this.#longestJson || end > this.#allowance) throw new FrameTooLarge();
    const isComplete = bytes.length >= end;
    const rest = isComplete ? bytes.subarray(end) : bytes;
    this.#chunks = [rest];
    this.#length = rest.length;
    this.#needed = isComplete ? HEAD_BYTES : end;
    if (!isComplete) return null;
    return {
      message: JSON.parse(bytes.toString('utf8', HEAD_BYTES, jsonEnd)),
      text: bytes.toString('utf8', jsonEnd, end),
    };
  }
}
