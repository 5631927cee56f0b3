// The smallest query through HTTP, Yoga and the executor, against bare node:http with the same bytes. No database is
// involved.
import type { Bench, Report } from '../bench.ts';
import { figureOf } from '../measure/figure.ts';
import { CpuMeter } from '../measure/cpu-meter.ts';
import { takeTurns } from '../measure/rounds.ts';
import { summarise } from '../measure/statistics.ts';
import type { Testbed } from '../host/testbed.ts';
import { Worker } from '../workers/worker.ts';
import type { BareServerCalls, Prepared } from './bare-server.ts';
import type { LoadCalls } from './load.ts';
import type { NullServerCalls } from './null-server.ts';

const QUERY = '{ __typename }';
const EXPECT = '"Query"';
const CLIENTS = [1, 10, 50, 200];
const UNIT = 'requests/s';

/** Waybill's own answer, for the bare server to repeat. */
async function recordAnswer(url: string): Promise<Prepared> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: QUERY }),
  });
  const names = ['x-request-id', 'content-type', 'content-length'];
  const headers = Object.fromEntries(names.map((name) => [name, response.headers.get(name) ?? '']));
  return { headers, body: await response.text() };
}

async function measure(testbed: Testbed): Promise<Report> {
  await using database = await testbed.createDatabase('http');
  await using waybill = await testbed.startWaybill(database);
  await using load = new Worker<LoadCalls>('http/load.ts');
  await using bare = new Worker<BareServerCalls>('http/bare-server.ts');
  await using nothing = new Worker<NullServerCalls>('http/null-server.ts');
  const answer = await recordAnswer(waybill.url);
  const bareUrl = await bare.call('start', answer);
  const nullUrl = await nothing.call('start', answer.body);

  const ask = async (url: string, connections: number, meter: CpuMeter): Promise<number> => {
    const plan = { kind: 'same', query: QUERY, expect: EXPECT } as const;
    const { answered, seconds } = await meter.during(
      () => load.call('run', { url, connections, seconds: testbed.seconds / 2, plan }),
      (result) => result.answered,
    );
    return answered / seconds;
  };
  const meters = {
    waybill: new CpuMeter({ Waybill: waybill.pid }),
    bare: new CpuMeter({ 'the bare server': bare.pid }),
    nothing: new CpuMeter({}),
  };
  const points = [];
  for (const clients of testbed.quick ? [10] : CLIENTS) {
    const samples = await takeTurns(testbed, {
      waybill: () => ask(waybill.url, clients, meters.waybill),
      bare: () => ask(bareUrl, clients, meters.bare),
      nothing: () => ask(nullUrl, clients, meters.nothing),
    });
    points.push({ clients, ...samples });
  }
  return report(points, [...meters.waybill.describe('A request'), ...meters.bare.describe('A request')]);
}

interface Point {
  readonly clients: number;
  readonly waybill: readonly number[];
  readonly bare: readonly number[];
  readonly nothing: readonly number[];
}

function report(points: readonly Point[], costs: readonly string[]): Report {
  const figures = points.map(({ clients, waybill, bare }) =>
    figureOf({
      what: `{ __typename }, ${clients} clients`,
      unit: UNIT,
      subject: waybill,
      baseline: { name: 'bare node:http', samples: bare },
    }),
  );
  const lineOf = (side: 'waybill' | 'bare' | 'nothing') =>
    points.map((point) => ({ x: point.clients, y: summarise(point[side]) }));
  const ceilings = lineOf('nothing').map(({ x, y }) => `${Math.round(y.median)} at ${x}`);
  return {
    figures,
    curves: [
      {
        id: 'http',
        title: 'The smallest question over HTTP',
        x: { label: 'clients (connections, one request at a time each)', scale: 'log' },
        y: { label: UNIT, scale: 'log' },
        series: [
          { name: 'Waybill', role: 'subject', points: lineOf('waybill') },
          { name: 'bare node:http', role: 'baseline', points: lineOf('bare') },
          {
            name: 'a server that only answers (the ceiling of the load generator)',
            role: 'baseline',
            points: lineOf('nothing'),
          },
        ],
      },
    ],
    notes: [
      ...costs,
      `The load generator's own ceiling, against a server that answers without looking, in ${UNIT}: ${ceilings.join(', ')} clients.`,
    ],
  };
}

export const http: Bench = { name: 'http', title: 'The way in: HTTP and GraphQL without the database', measure };
