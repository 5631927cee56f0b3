// A kept-alive connection that sends prepared requests, one at a time.
import { once } from 'node:events';
import { type Socket, connect } from 'node:net';
import { type Answer, AnswerReader } from './responses.ts';

export class Connection {
  readonly #socket: Socket;
  readonly #reader = new AnswerReader();
  #broken: Error | null = null;
  #pending: PromiseWithResolvers<Answer> | null = null;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('error', (error) => this.#break(error));
    socket.on('close', () => this.#break(new Error('the server closed a connection')));
  }

  static async open(url: URL): Promise<Connection> {
    const socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true });
    await once(socket, 'connect');
    return new Connection(socket);
  }

  ask(request: Buffer): Promise<Answer> {
    if (this.#broken !== null) return Promise.reject(this.#broken);
    this.#pending = Promise.withResolvers<Answer>();
    this.#socket.write(request);
    return this.#pending.promise;
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    try {
      const answer = this.#reader.push(chunk);
      if (answer !== null) this.#pending?.resolve(answer);
    } catch (error) {
      this.#break(error as Error);
    }
  }

  #break(error: Error): void {
    this.#broken ??= error;
    this.#pending?.reject(this.#broken);
  }
}
