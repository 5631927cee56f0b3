// A live list of 10,000 files in Chromium while 500 of them change each second: what it costs the page, and how often it is
// notified. Processor time, not time: other work on the machine changes it little.
import { setTimeout as delay } from 'node:timers/promises';
import type { Bench, Report } from '../bench.ts';
import type { Testbed } from '../host/testbed.ts';
import { Connection } from '../http/connection.ts';
import { type RequestSource, createSource } from '../http/requests.ts';
import { requireSuccess } from '../http/responses.ts';
import { atMost, figureOf } from '../measure/figure.ts';
import { takeTurns } from '../measure/rounds.ts';
import type { Pool } from '../transitions/cycle.ts';
import { registerFiles } from '../transitions/files.ts';
import { ListBrowser } from './browser.ts';

const POOL: Pool = { first: 1, size: 10_000 };
const CHANGES_A_SECOND = 500;
/** In one request. */
const BULK = 10;
const CONNECTIONS = 4;
const SECONDS = 3;
const QUICK_SECONDS = 1;

interface Sample {
  /** Percent of one core, of the renderer and of all of Chromium. */
  readonly busy: number;
  readonly busyInAll: number;
  readonly notificationsAFrame: number;
  readonly changesASecond: number;
  readonly framesASecond: number;
}

/** Sends changes at their pace for a while. @returns how many a second there were */
async function change(connections: readonly Connection[], source: RequestSource, seconds: number): Promise<number> {
  const before = source.moves;
  const start = performance.now();
  let sent = 0;
  const work = async (connection: Connection): Promise<void> => {
    const next = source.connect();
    for (let at = sent; at < (seconds * CHANGES_A_SECOND) / BULK; at = sent) {
      sent += 1;
      const early = start + (at * BULK * 1_000) / CHANGES_A_SECOND - performance.now();
      if (early > 0) await delay(early);
      const { bytes, expect } = next();
      requireSuccess(await connection.ask(bytes), expect);
    }
  };
  await Promise.all(connections.map(work));
  return (source.moves - before) / ((performance.now() - start) / 1_000);
}

async function sample(browser: ListBrowser, load: () => Promise<number>): Promise<Sample> {
  const start = performance.now();
  const [cpu, counts] = [await browser.readCpuSeconds(), await browser.readCounts()];
  const changesASecond = await load();
  const [cpuAfter, countsAfter] = [await browser.readCpuSeconds(), await browser.readCounts()];
  const seconds = (performance.now() - start) / 1_000;
  const frames = countsAfter.frames - counts.frames;
  return {
    busy: ((cpuAfter.page - cpu.page) / seconds) * 100,
    busyInAll: ((cpuAfter.all - cpu.all) / seconds) * 100,
    notificationsAFrame: (countsAfter.notified - counts.notified) / Math.max(1, frames),
    changesASecond,
    framesASecond: frames / seconds,
  };
}

async function measure(testbed: Testbed): Promise<Report> {
  const seconds = testbed.quick ? QUICK_SECONDS : SECONDS;
  await using database = await testbed.createDatabase('client');
  await registerFiles(database, POOL);
  await using waybill = await testbed.startWaybill(database);
  await using alone = await ListBrowser.start(waybill.url);
  await using shown = await ListBrowser.start(waybill.url);
  const files = await alone.open(false);
  const source = createSource({ kind: 'transitions', pool: POOL, from: 0, bulk: BULK }, new URL(waybill.url).host);
  const url = new URL(waybill.url);
  const connections = await Promise.all(Array.from({ length: CONNECTIONS }, () => Connection.open(url)));
  await shown.open(true);
  const load = (): Promise<number> => change(connections, source, seconds);
  const samples = await takeTurns<'alone' | 'shown', Sample>(testbed, {
    alone: () => sample(alone, load),
    shown: () => sample(shown, load),
  });
  for (const connection of connections) connection.close();
  const figures = (['alone', 'shown'] as const).flatMap((side) => {
    const what = side === 'alone' ? 'a live list' : 'a live list, 50 of it shown by React';
    const each = (name: keyof Sample): readonly number[] => samples[side].map((one) => one[name]);
    return [
      figureOf({ what, unit: '% of a core', subject: each('busyInAll'), target: atMost(25, null) }),
      figureOf({ what: `${what}: its renderer`, unit: '% of a core', subject: each('busy') }),
      figureOf({ what, unit: 'notifications/frame', subject: each('notificationsAFrame'), target: atMost(1, null) }),
      figureOf({ what, unit: 'frames/s', subject: each('framesASecond') }),
    ];
  });
  const changes = figureOf({
    what: 'changes',
    unit: 'changes/s',
    subject: samples.alone.map((one) => one.changesASecond),
  });
  const heap = figureOf({ what: 'heap of its page', unit: 'MB', subject: [await alone.readHeap()] });
  const notes = [
    `The list has ${files} files. Both pages follow all the time, each in a Chromium of its own; what is counted is all processes of the one that is measured, and its renderer with all threads.`,
  ];
  return { figures: [changes, ...figures, heap], curves: [], notes };
}

export const liveList: Bench = { name: 'live-list', title: 'A live list in Chromium', measure };
