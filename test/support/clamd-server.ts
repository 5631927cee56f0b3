// A server that speaks clamd's INSTREAM over real sockets, as clamd(8) describes it, and finds one signature.
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import type { ClamdAddress } from '../../src/processing/malware/clamd-address.ts';

/** What it takes for malware. Not EICAR's string, which scanners of the machine would find in this file. */
export const MALWARE = 'waybill-test-malware';
export const SIGNATURE = 'Test.Signature-1';

export interface ClamdBehaviour {
  /** StreamMaxLength. */
  readonly mostBytes?: number;
  /** Sent instead of the verdict; null sends nothing. */
  readonly reply?: string | null;
  /** Closes after so many bytes, without an answer. */
  readonly closeAfter?: number;
}

export interface ClamdServer {
  readonly address: ClamdAddress;
  /** The bytes of the last scan. */
  received(): Buffer;
  close(): Promise<void>;
}

/** @param path of a Unix socket; without it, a free TCP port */
export async function startClamd(behaviour: ClamdBehaviour = {}, path?: string): Promise<ClamdServer> {
  const sockets = new Set<Socket>();
  let received: Buffer = Buffer.alloc(0);
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    serve(socket, behaviour, (bytes) => {
      received = bytes;
    });
  });
  await once(path === undefined ? server.listen(0, '127.0.0.1') : server.listen(path), 'listening');
  return {
    address: path === undefined ? { host: '127.0.0.1', port: (server.address() as AddressInfo).port } : { path },
    received: () => received,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function serve(socket: Socket, behaviour: ClamdBehaviour, onScan: (bytes: Buffer) => void): void {
  const { mostBytes = Infinity, closeAfter = Infinity, reply } = behaviour;
  let input = Buffer.alloc(0);
  const content: Buffer[] = [];
  let length = 0;
  let started = false;
  const answer = (text: string) => {
    if (reply === null) return;
    socket.end(`${reply ?? text}\0`);
    socket.removeListener('data', take);
  };
  const take = (chunk: Buffer) => {
    input = Buffer.concat([input, chunk]);
    if (!started) {
      if (input.length < 10) return;
      if (input.toString('latin1', 0, 10) !== 'zINSTREAM\0') return answer('UNKNOWN COMMAND');
      started = true;
      input = input.subarray(10);
    }
    while (input.length >= 4) {
      const size = input.readUInt32BE(0);
      if (size === 0) {
        const bytes = Buffer.concat(content);
        onScan(bytes);
        return answer(bytes.includes(MALWARE) ? `stream: ${SIGNATURE} FOUND` : 'stream: OK');
      }
      if (input.length < 4 + size) return;
      content.push(input.subarray(4, 4 + size));
      input = input.subarray(4 + size);
      length += size;
      if (length > closeAfter) return void socket.destroy();
      if (length > mostBytes) return answer('INSTREAM size limit exceeded. ERROR');
    }
  };
  socket.on('data', take);
}
