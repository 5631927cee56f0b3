// The listeners, a worker: opens sockets, sends the changes they wait for, and tells when what was heard. Sender and
// listeners share a process, and so a clock.
import { Connection } from '../http/connection.ts';
import { type Plan, createSource, post } from '../http/requests.ts';
import { requireSuccess } from '../http/responses.ts';
import { answerCalls } from '../workers/answer-calls.ts';
import { Audience, type Seats } from './audience.ts';
import { runPaced } from './paced.ts';

/** What makes a server send something: a transition, or a word to a bare server. */
export type Trigger = { readonly url: string } & (
  | { readonly kind: 'transition'; readonly plan: Plan }
  | { readonly kind: 'word'; readonly path: string }
);

export interface Delivery {
  readonly messages: number;
  /** From sending the request to the last delivery, of all changes together. */
  readonly seconds: number;
  readonly moves: number;
  /** Of this process, on a core. */
  readonly cpuSeconds: number;
}

const SAID = { text: 'said', times: 1 };

const audience = new Audience();

/** One change after the other to everybody, each when everybody has heard the one before. */
async function deliver({ trigger, seconds }: { trigger: Trigger; seconds: number }): Promise<Delivery> {
  const target = new URL(trigger.url);
  const connection = await Connection.open(target);
  const source = trigger.kind === 'transition' ? createSource(trigger.plan, target.host) : null;
  const word = trigger.kind === 'word' ? { bytes: post(trigger.path, target.host, ''), expect: SAID } : null;
  const next = source?.connect() ?? (() => word!);
  const cpuBefore = process.cpuUsage();
  const deadline = performance.now() + seconds * 1_000;
  const before = audience.heard;
  audience.recount();
  let elapsed = 0;
  do {
    const { bytes, expect } = next();
    const start = performance.now();
    const everybody = audience.until(audience.heard + audience.ears);
    const [answer] = await Promise.all([
      connection.ask(bytes),
      everybody.then(() => (elapsed += performance.now() - start)),
    ]);
    requireSuccess(answer, expect);
  } while (performance.now() < deadline);
  connection.close();
  audience.checkEqual();
  const { user, system } = process.cpuUsage(cpuBefore);
  const moves = source?.moves ?? 0;
  return { messages: audience.heard - before, seconds: elapsed / 1_000, moves, cpuSeconds: (user + system) / 1e6 };
}

const calls = {
  seat: (seats: Seats) => audience.seat(seats),
  leave: () => audience.leave(),
  size: () => audience.size,
  heard: () => audience.heard,
  last: () => audience.last,
  until: (total: number) => audience.until(total),
  cpuSeconds: () => (process.cpuUsage().user + process.cpuUsage().system) / 1e6,
  deliver,
  paced: (job: Parameters<typeof runPaced>[1]) => runPaced(audience, job),
};
export type AudienceCalls = typeof calls;

answerCalls(calls);
