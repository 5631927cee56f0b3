// A worker with many subscribers: opens sockets, sends changes and measures when they are received. Sender and
// subscribers share a process, and so a clock.
import { Connection } from '../http/connection.ts';
import { type Plan, createSource, post } from '../http/requests.ts';
import { requireSuccess } from '../http/responses.ts';
import { answerCalls } from '../workers/answer-calls.ts';
import { SubscriberGroup, type NewSubscribers } from './subscriber-group.ts';
import { runPaced } from './paced.ts';

/** What makes a server send something: a transition, or a POST to a bare server. */
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

const group = new SubscriberGroup();

/** Sends one change after the other, each when all subscribers have received the one before. */
async function deliver({ trigger, seconds }: { trigger: Trigger; seconds: number }): Promise<Delivery> {
  const target = new URL(trigger.url);
  const connection = await Connection.open(target);
  const source = trigger.kind === 'transition' ? createSource(trigger.plan, target.host) : null;
  const word = trigger.kind === 'word' ? { bytes: post(trigger.path, target.host, ''), expect: SAID } : null;
  const next = source?.connect() ?? (() => word!);
  const cpuBefore = process.cpuUsage();
  const deadline = performance.now() + seconds * 1_000;
  const before = group.received;
  group.recount();
  let elapsed = 0;
  do {
    const { bytes, expect } = next();
    const start = performance.now();
    const delivered = group.until(group.received + group.subscriptions);
    const [answer] = await Promise.all([
      connection.ask(bytes),
      delivered.then(() => (elapsed += performance.now() - start)),
    ]);
    requireSuccess(answer, expect);
  } while (performance.now() < deadline);
  connection.close();
  group.checkEqual();
  const { user, system } = process.cpuUsage(cpuBefore);
  const moves = source?.moves ?? 0;
  return { messages: group.received - before, seconds: elapsed / 1_000, moves, cpuSeconds: (user + system) / 1e6 };
}

const calls = {
  add: (added: NewSubscribers) => group.add(added),
  leave: () => group.leave(),
  size: () => group.size,
  received: () => group.received,
  last: () => group.last,
  until: (total: number) => group.until(total),
  cpuSeconds: () => (process.cpuUsage().user + process.cpuUsage().system) / 1e6,
  deliver,
  paced: (job: Parameters<typeof runPaced>[1]) => runPaced(group, job),
};
export type SubscriberCalls = typeof calls;

answerCalls(calls);
