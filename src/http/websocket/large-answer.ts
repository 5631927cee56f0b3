// Sends an answer that was already printed (graphql/print-answer.ts). For graphql-ws it is a generator that yields nothing:
// given the result itself, it would print all of it again at once.
import type { Answer } from '../../graphql/print-answer.ts';
import { frameMessage } from './frames.ts';
import type { SocketWriter } from './socket-writer.ts';

/** Where an answer goes. */
export interface Receiver {
  readonly socketWriter: SocketWriter;
  /** The client's id of the operation. */
  readonly id: string;
}

/** @returns what graphql-ws is to send: the answer, or nothing if it was too large for it */
export function sendLarge(answer: Answer, receiver: Receiver): Answer | AsyncGenerator<never, void> {
  const { stringify } = answer;
  return stringify === undefined ? answer : sendText(stringify(), receiver);
}

// oxlint-disable-next-line require-yield -- only its end is of interest
async function* sendText(text: string, { socketWriter, id }: Receiver): AsyncGenerator<never, void> {
  const head = `{"id":${JSON.stringify(id)},"type":"next","payload":`;
  socketWriter.sendFrame(frameMessage(head, Buffer.from(text)));
  await socketWriter.whenFree();
}
