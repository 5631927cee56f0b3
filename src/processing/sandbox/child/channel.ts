// The child's end of the channel. When the other end closes, its process is gone and the child ends too.
import { Socket } from 'node:net';
import { FrameReader, encodeFrame } from '../frames.ts';
import type { FromChild, ToChild } from '../messages.ts';

const DESCRIPTOR = 3;

export interface Channel {
  send(message: FromChild, text?: string): void;
}

export function openChannel(receive: (message: ToChild) => void): Channel {
  const socket = new Socket({ fd: DESCRIPTOR, readable: true, writable: true });
  // What comes from our own process is not bounded.
  const reader = new FrameReader(Infinity);
  socket.on('data', (chunk: Buffer) => {
    for (const { message } of reader.push(chunk)) receive(message as ToChild);
  });
  for (const end of ['end', 'error', 'close']) socket.on(end, () => process.exit(0));
  return { send: (message, text) => void socket.write(encodeFrame(message, text)) };
}
