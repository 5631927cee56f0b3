// A live list of 10,000 files in Chromium while 500 of them change each second: what it costs the page, and how often it is
// notified. Processor time, not time: other work on the machine changes it little.
import type { Bench, Report } from '../bench.ts';
import type { Testbed } from '../host/testbed.ts';
import { atMost, figureOf } from '../measure/figure.ts';
import { takeTurns } from '../measure/rounds.ts';
import type { Pool } from '../transitions/cycle.ts';
import { registerFiles } from '../transitions/files.ts';
import { ListBrowser } from './browser.ts';
import { Changes } from './changes.ts';

const POOL: Pool = { first: 1, size: 10_000 };
const CHANGES_A_SECOND = 500;
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
  using changes = await Changes.begin(waybill.url, POOL);
  await shown.open(true);
  const load = (): Promise<number> => changes.send(CHANGES_A_SECOND, seconds);
  const samples = await takeTurns<'alone' | 'shown', Sample>(testbed, {
    alone: () => sample(alone, load),
    shown: () => sample(shown, load),
  });
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
  const sent = figureOf({
    what: 'changes',
    unit: 'changes/s',
    subject: samples.alone.map((one) => one.changesASecond),
  });
  const heap = figureOf({ what: 'heap of its page', unit: 'MB', subject: [await alone.readHeap()] });
  const notes = [
    `The list has ${files} files. Both pages follow all the time, each in a Chromium of its own; what is counted is all processes of the one that is measured, and its renderer with all threads.`,
  ];
  return { figures: [sent, ...figures, heap], curves: [], notes };
}

export const liveList: Bench = { name: 'live-list', title: 'A live list in Chromium', measure };
