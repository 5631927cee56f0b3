// A subscription over server-sent events. Writes events to the connection itself, as one chunk each that all subscribers
// of the operation share: ServerResponse.write would write a chunk in four pieces.
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type ErrorReporter, presentError } from '../../graphql/errors.ts';
import type { Printed } from '../../graphql/printed-results.ts';
import type { Subscribed } from '../../graphql/subscribe.ts';
import { Backpressure } from '../backpressure.ts';
import { SubscriptionWriter } from '../subscription-writer.ts';
import { COMPLETE, PING, PING_MS, STREAM_HEADERS, frameBeginning, frameNext } from './frames.ts';

export interface EventStreamOptions {
  readonly response: ServerResponse;
  /** The connection of the response. */
  readonly transport: Socket;
  readonly requestId: string;
  /** Ends the stream when it is aborted. */
  readonly right: AbortSignal | null;
  readonly reporter: ErrorReporter;
}

/** A chunk of a body in HTTP/1.1 (RFC 9112 section 7.1). */
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

export class EventStream extends SubscriptionWriter {
  readonly #options: EventStreamOptions;
  #pings: NodeJS.Timeout | undefined;

  constructor(subscribed: Subscribed, options: EventStreamOptions) {
    super(subscribed, new Backpressure(options.transport));
    this.#options = options;
  }

  /** @param cursor where the stream begins; null for a stream without cursors */
  begin(cursor: string | null): void {
    const { response, transport, right } = this.#options;
    response.writeHead(200, STREAM_HEADERS).write(frameBeginning(cursor));
    this.#pings = setInterval(() => {
      if (this.connection.isFree) transport.write(this.#isChunked ? PING_CHUNK : PING);
    }, PING_MS);
    response.once('close', () => {
      clearInterval(this.#pings);
      void this.stream.return();
    });
    right?.addEventListener('abort', () => this.#endWith(right.reason));
    if (right?.aborted === true) this.#endWith(right.reason);
    else this.stream.deliverTo(this);
  }

  #endWith(reason: unknown): void {
    if (this.stream.isOver) return;
    void this.stream.return();
    this.end(reason);
  }

  protected override send(printed: Printed): void {
    const { transport } = this.#options;
    transport.write(this.#isChunked ? chunkOf(printed) : frameNext(printed.text, printed.cursor));
  }

  override end(failure: unknown): void {
    const { response, requestId, reporter } = this.#options;
    clearInterval(this.#pings);
    if (response.destroyed) return;
    if (failure !== null) {
      const errors = [presentError(failure, requestId, reporter)];
      response.write(frameNext(JSON.stringify({ errors }), null));
    }
    response.end(COMPLETE);
  }

  /** HTTP/1.0 knows no chunks, and nginx speaks it to its upstreams by default. */
  get #isChunked(): boolean {
    return this.#options.response.chunkedEncoding;
  }
}
