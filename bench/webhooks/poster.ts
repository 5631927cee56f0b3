// The baseline: POSTs over kept connections in a loop, of a body as long as a message, with nothing else to do.
import { Agent, request } from 'node:http';
import { answerCalls } from '../workers/answer-calls.ts';

export interface Posting {
  readonly url: string;
  readonly messages: number;
  readonly connections: number;
  readonly body: string;
}

async function run({ url, messages, connections, body }: Posting): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  const post = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const sent = request(url, { method: 'POST', agent, headers }, (response) => response.resume().on('end', resolve));
      sent.on('error', reject).end(body);
    });
  let left = messages;
  const work = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await post();
    }
  };
  await Promise.all(Array.from({ length: connections }, work));
  agent.destroy();
}

const calls = { run };
export type PosterCalls = typeof calls;
answerCalls(calls);
