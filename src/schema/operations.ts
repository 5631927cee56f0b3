// Query.operations: what the service is doing now, for whoever operates it.
import type { Queue } from '../entities/processing.ts';
import type { QueueStatus } from '../lifecycle/queue-status.ts';
import { builder } from './builder.ts';

interface Operations {
  readonly readAt: Date;
  readonly queues: readonly QueueStatus[];
  readonly subscriptions: number;
  readonly feedLagSeconds: number;
  readonly webhookLagSeconds: number | null;
}

const ProcessingQueue = builder.enumType('ProcessingQueue', {
  description: 'Whose work a file in PROCESSING is.',
  values: {
    BUILTIN: { value: 'builtin', description: 'That of the workers of this service.' },
    EXTERNAL: { value: 'external', description: 'That of workers that call claimFiles.' },
  } as const satisfies Record<string, { value: Queue; description: string }>,
});

const COUNTED = 'The first 10,000 are counted.';

const QueueStatusType = builder.objectRef<QueueStatus>('QueueStatus').implement({
  description: 'What the tenant has in a queue of files in PROCESSING.',
  fields: (t) => ({
    queue: t.expose('queue', { type: ProcessingQueue, description: 'The queue.' }),
    waiting: t.exposeInt('waiting', { description: `Files that a worker could take now. ${COUNTED}` }),
    oldestSeconds: t.exposeFloat('oldestSeconds', {
      nullable: true,
      description: 'How long the first of them has been waiting; null: none waits.',
    }),
    taken: t.exposeInt('taken', { description: `Files that a worker has. ${COUNTED}` }),
    workers: t.exposeInt('workers', { description: 'The workers that have them.' }),
  }),
});

const OperationsType = builder.objectRef<Operations>('Operations').implement({
  description:
    'What the service is doing for the tenant at one moment. Behind a load balancer, what is of a replica is of the one that ' +
    'answers.',
  fields: (t) => ({
    readAt: t.field({
      type: 'DateTime',
      description: 'When it was read.',
      resolve: ({ readAt }) => readAt.toISOString(),
    }),
    queues: t.field({
      type: [QueueStatusType],
      description: 'Files in PROCESSING, by queue.',
      resolve: ({ queues }) => [...queues],
    }),
    subscriptions: t.exposeInt('subscriptions', {
      description: 'Subscriptions of the tenant that are open on this replica.',
    }),
    feedLagSeconds: t.exposeFloat('feedLagSeconds', {
      description:
        'Age of the oldest committed change that is not in the stream of changes yet, as this replica sees it; 0: there is none.',
    }),
    webhookLagSeconds: t.exposeFloat('webhookLagSeconds', {
      nullable: true,
      description:
        'Age of the oldest change that an ACTIVE webhook of the tenant may still have to be sent, given-up deliveries left ' +
        'out; 0: all are up to date; null: there is no such webhook.',
    }),
  }),
});

builder.queryField('operations', (t) =>
  t.field({
    type: OperationsType,
    description:
      'What the service is doing now. Reads little however much there is: meant to be asked every few seconds. Role: admin.',
    resolve: async (_root, _args, { reader, webhooks, slots, feed, principal: { tenant } }): Promise<Operations> => {
      const [queues, webhookLagSeconds] = await Promise.all([reader.readQueues(tenant), webhooks.lagSeconds(tenant)]);
      return {
        readAt: new Date(),
        queues,
        subscriptions: slots.count(tenant),
        feedLagSeconds: feed.gauges.lagSeconds,
        webhookLagSeconds,
      };
    },
  }),
);
