// The numbers of the service that go up and down, each as a chart.
import { useMemo } from 'react';
import { formatCount, formatDuration, formatRate } from '../app/format.ts';
import { OPS, QUEUE_NAMES } from '../texts-operations.ts';
import { Chart } from './chart.tsx';
import type { Operations, Sample } from './samples.ts';

interface Number {
  readonly name: string;
  readonly hint: (newest: Operations | null) => string;
  readonly read: (sample: Sample) => number | null;
  readonly format: (value: number) => string;
  readonly atLeast: number;
}

/** The server counts no further, of each queue. */
const MOST_COUNTED = 10_000;

type Queue = Operations['queues'][number];

const sum = (operations: Operations, part: (queue: Queue) => number): number =>
  operations.queues.reduce((total, queue) => total + part(queue), 0);

const ofOperations =
  (read: (operations: Operations) => number | null) =>
  ({ operations }: Sample): number | null =>
    operations === null ? null : read(operations);

const formatLag = (value: number): string => formatDuration(value < 10 ? value : Math.round(value));
const counted = (count: number): string => (count >= MOST_COUNTED ? OPS.most(formatCount(count)) : formatCount(count));

function describeWaiting(newest: Operations | null): string {
  const waiting = newest?.queues.filter(({ waiting: files }) => files > 0) ?? [];
  const parts = waiting.map(({ queue, waiting: files }) => OPS.waitingFor(counted(files), QUEUE_NAMES[queue]));
  return OPS.queueDepthHint(parts.join(', '));
}

const NUMBERS: readonly Number[] = [
  {
    name: OPS.throughput,
    hint: () => OPS.throughputHint,
    read: ({ changesPerSecond }) => changesPerSecond,
    format: (value) => OPS.perSecond(formatRate(value)),
    atLeast: 1,
  },
  {
    name: OPS.queueDepth,
    hint: describeWaiting,
    read: ofOperations((operations) => sum(operations, ({ waiting }) => waiting)),
    format: counted,
    atLeast: 4,
  },
  {
    name: OPS.queueAge,
    hint: () => OPS.queueAgeHint,
    read: ofOperations(({ queues }) => Math.max(...queues.map(({ oldestSeconds }) => oldestSeconds ?? 0))),
    format: formatLag,
    atLeast: 1,
  },
  {
    name: OPS.workers,
    hint: (newest) => OPS.workersHint(newest === null ? OPS.none : counted(sum(newest, ({ taken }) => taken))),
    read: ofOperations((operations) => sum(operations, ({ workers }) => workers)),
    format: formatCount,
    atLeast: 4,
  },
  {
    name: OPS.feedLag,
    hint: () => OPS.feedLagHint,
    read: ofOperations(({ feedLagSeconds }) => feedLagSeconds),
    format: formatLag,
    atLeast: 1,
  },
  {
    name: OPS.subscriptions,
    hint: () => OPS.subscriptionsHint,
    read: ofOperations(({ subscriptions }) => subscriptions),
    format: formatCount,
    atLeast: 4,
  },
  {
    name: OPS.webhookLag,
    hint: (newest) => (newest?.webhookLagSeconds === null ? OPS.noWebhook : OPS.webhookLagHint),
    read: ofOperations(({ webhookLagSeconds }) => webhookLagSeconds),
    format: formatLag,
    atLeast: 1,
  },
];

export function Charts({ samples }: { readonly samples: readonly Sample[] }) {
  const times = useMemo(() => samples.map(({ at }) => at), [samples]);
  return (
    <div className="charts">
      {NUMBERS.map((number) => (
        <ChartOf key={number.name} number={number} samples={samples} times={times} />
      ))}
    </div>
  );
}

interface ChartOfProps {
  readonly number: Number;
  readonly samples: readonly Sample[];
  readonly times: readonly number[];
}

function ChartOf({ number: { name, hint, read, format, atLeast }, samples, times }: ChartOfProps) {
  const values = useMemo(() => samples.map(read), [samples, read]);
  const newest = samples.findLast(({ operations }) => operations !== null)?.operations ?? null;
  const now = values.findLast((value) => value !== null) ?? null;
  // What the chart ends with, not what it once was.
  const isKnown = samples.at(-1)?.operations == null || values.at(-1) !== null;
  return (
    <Chart
      name={name}
      hint={hint(newest)}
      now={now === null || !isKnown ? null : format(now)}
      times={times}
      values={values}
      format={format}
      atLeast={atLeast}
    />
  );
}
