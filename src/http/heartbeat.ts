// Finds the connections that are dead or deaf. A dead peer answers no ping. A deaf one takes nothing: what was written
// to it stays here, and its subscriptions with it, so after a while (WAYBILL_SLOW_CLIENT_TIMEOUT) it is closed with a code that says why.
import type { ServerResponse } from 'node:http';
import { type RawData, WebSocket, type WebSocketServer } from 'ws';

/** Private use range (RFC 6455 section 7.4.2); graphql-ws clients take it for one to reconnect after. */
export const SLOW_CONSUMER = 4290;

const CHECK_MS = 2_000;
const PING_MS = 12_000;
/** A closing handshake needs a peer that reads. */
const GRACE_MS = 2_000;

interface Pulse {
  /** Writes that the kernel has not taken yet. */
  waiting: number;
  /** When the last write was taken, or the oldest waiting one was made. */
  takenAt: number;
  heardAt: number;
  pingedAt: number;
}

export interface Heartbeat {
  stop(): void;
}

/** Watches every socket of a server. `now`: milliseconds on a clock that only goes forward. */
export function watchSockets(server: WebSocketServer, now: () => number, silentMs: number): Heartbeat {
  const pulses = new Map<WebSocket, Pulse>();
  server.on('connection', (socket: WebSocket) => {
    const pulse = { waiting: 0, takenAt: now(), heardAt: now(), pingedAt: now() };
    pulses.set(socket, pulse);
    countWrites(socket, pulse, now);
    const hear = (_data?: RawData): void => {
      pulse.heardAt = now();
    };
    socket.on('message', hear).on('pong', hear);
    socket.once('close', () => pulses.delete(socket));
  });
  const timer = setInterval(() => {
    for (const [socket, pulse] of pulses) check(socket, pulse, now(), silentMs);
  }, CHECK_MS);
  return { stop: () => clearInterval(timer) };
}

/** `ws` calls back when the kernel has taken a message; there is no event for it. */
function countWrites(socket: WebSocket, pulse: Pulse, now: () => number): void {
  const send = socket.send.bind(socket) as (data: unknown, ...rest: unknown[]) => void;
  const counted = (data: unknown, ...rest: unknown[]): void => {
    const callback = rest.at(-1);
    if (pulse.waiting === 0) pulse.takenAt = now();
    pulse.waiting += 1;
    const taken = (error?: Error): void => {
      pulse.waiting -= 1;
      pulse.takenAt = now();
      if (typeof callback === 'function') (callback as (error?: Error) => void)(error);
    };
    send(data, ...rest.filter((each) => typeof each === 'object' && each !== null), taken);
  };
  socket.send = counted as typeof socket.send;
}

function check(socket: WebSocket, pulse: Pulse, at: number, silentMs: number): void {
  if (socket.readyState !== WebSocket.OPEN) return;
  if (pulse.waiting > 0) {
    if (at - pulse.takenAt >= silentMs) closeSlow(socket, silentMs);
    return; // a ping would wait behind what it does not read
  }
  if (at - pulse.heardAt >= silentMs + PING_MS) return socket.terminate();
  if (at - pulse.pingedAt < PING_MS) return;
  pulse.pingedAt = at;
  socket.ping();
}

function closeSlow(socket: WebSocket, silentMs: number): void {
  socket.close(SLOW_CONSUMER, `Slow consumer: nothing was read for ${silentMs / 1_000} s`);
  setTimeout(() => socket.terminate(), GRACE_MS).unref();
}

/** The same for the streams of server-sent events, which are cut: there is no close code to send. */
export function watchStreams(streams: ReadonlySet<ServerResponse>, now: () => number, silentMs: number): Heartbeat {
  const waitingSince = new WeakMap<ServerResponse, number>();
  const timer = setInterval(() => {
    for (const stream of streams) {
      const since = waitingSince.get(stream);
      if (!stream.writableNeedDrain) waitingSince.delete(stream);
      else if (since === undefined) {
        waitingSince.set(stream, now());
        stream.once('drain', () => waitingSince.delete(stream));
      } else if (now() - since >= silentMs) stream.destroy();
    }
  }, CHECK_MS);
  return { stop: () => clearInterval(timer) };
}
