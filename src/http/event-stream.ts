// A subscription over server-sent events, on the response itself. An event is one chunk of the body, the same bytes for all
// who hear the same, and goes past the response, which would write it in four pieces.
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Listener, LiveStream } from '../feed/live-stream.ts';
import { Backpressure } from './backpressure.ts';
import { type ErrorReporter, presentError } from './errors.ts';
import type { Printed } from './recent-results.ts';
import type { SharedOperation } from './shared-operation.ts';
import { COMPLETE, PING, PING_MS, STREAM_HEADERS, frameBeginning, frameNext } from './sse-frames.ts';
import type { Subscribed } from './subscribe.ts';

export interface EventStreamOptions {
  readonly response: ServerResponse;
  /** What the response writes to. */
  readonly transport: Socket;
  readonly requestId: string;
  readonly reporter: ErrorReporter;
}

/** As HTTP/1.1 frames a part of a body (RFC 9112 section 7.1). */
function chunk(text: string): Buffer {
  return Buffer.from(`${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`);
}

const PING_CHUNK = chunk(PING);
const chunks = new WeakMap<Printed, Buffer>();

function chunkOf(printed: Printed): Buffer {
  const known = chunks.get(printed);
  if (known !== undefined) return known;
  const made = chunk(frameNext(printed.text, printed.cursor));
  chunks.set(printed, made);
  return made;
}

export class EventStream implements Listener<object> {
  readonly #stream: LiveStream<object>;
  readonly #operation: SharedOperation;
  readonly #options: EventStreamOptions;
  readonly #backpressure: Backpressure;
  #pings: NodeJS.Timeout | undefined;

  constructor({ stream, operation }: Subscribed, options: EventStreamOptions) {
    this.#stream = stream;
    this.#operation = operation;
    this.#options = options;
    this.#backpressure = new Backpressure(options.transport);
  }

  /** `cursor`: of where the stream begins, if it has one. */
  begin(cursor: string | null): void {
    const { response, transport } = this.#options;
    response.writeHead(200, STREAM_HEADERS).write(frameBeginning(cursor));
    this.#pings = setInterval(() => {
      if (this.#backpressure.isFree) transport.write(PING_CHUNK);
    }, PING_MS);
    response.once('close', () => {
      clearInterval(this.#pings);
      void this.#stream.return();
    });
    this.#stream.tell(this);
  }

  offer(event: object): boolean {
    if (!this.#backpressure.isFree) return false;
    const printed = this.#operation.resultOf(event);
    if (printed instanceof Promise) return false;
    this.#options.transport.write(chunkOf(printed));
    return true;
  }

  async take(event: object): Promise<void> {
    await this.#backpressure.whenFree();
    const printed = await this.#operation.resultOf(event);
    if (!this.#stream.isOver) this.#options.transport.write(chunkOf(printed));
  }

  end(failure: unknown): void {
    const { response, requestId, reporter } = this.#options;
    clearInterval(this.#pings);
    if (response.destroyed) return;
    if (failure !== null) {
      const errors = [presentError(failure, requestId, reporter)];
      response.write(frameNext(JSON.stringify({ errors }), null));
    }
    response.end(COMPLETE);
  }
}
