// The page with 100,000 files in the database, of which 200 change each second among those that it shows, while somebody scrolls.
import type { Bench, Figure, Report, Target } from '../bench.ts';
import { Changes } from '../client/changes.ts';
import type { Testbed } from '../host/testbed.ts';
import { atMost, figureOf, noLessThan } from '../measure/figure.ts';
import { takeTurns } from '../measure/rounds.ts';
import { quantile } from '../measure/statistics.ts';
import type { Pool } from '../transitions/cycle.ts';
import { registerFiles } from '../transitions/files.ts';
import { Tab } from './tab.ts';

const FILES = 100_000;
const QUICK_FILES = 5_000;
/** The newest ones, which are the first of the list: each change is one of a row that has been read. */
const CHANGED = 2_000;
const CHANGES_A_SECOND = 200;
/** Each way. */
const SECONDS = 4;
const QUICK_SECONDS = 1;
const PAINTS = 3;

interface Sample {
  readonly median: number;
  /** Below which one frame in a hundred is. */
  readonly worst: number;
  /** Milliseconds of processor time of the page's thread a frame: other work on the machine changes it little. */
  readonly work: number;
}

async function scroll(tab: Tab, seconds: number): Promise<Sample> {
  const before = await tab.readThreadSeconds();
  const frames = [...(await tab.scroll('down', seconds)), ...(await tab.scroll('up', seconds))];
  const work = ((await tab.readThreadSeconds()) - before) * 1_000;
  return { median: 1_000 / quantile(frames, 0.5), worst: 1_000 / quantile(frames, 0.99), work: work / frames.length };
}

/** Scrolling while files change, and while nothing does. */
async function scrollBoth(testbed: Testbed, url: string, tab: Tab, pool: Pool, seconds: number) {
  using changes = await Changes.begin(url, pool);
  const rates: number[] = [];
  const samples = await takeTurns<'changing' | 'still', Sample>(testbed, {
    changing: async () => {
      const [sample, rate] = await Promise.all([scroll(tab, seconds), changes.send(CHANGES_A_SECOND, 2 * seconds)]);
      rates.push(rate);
      return sample;
    },
    still: () => scroll(tab, seconds),
  });
  return { samples, rates };
}

type Scrolled = Awaited<ReturnType<typeof scrollBoth>>['samples'];

function framesOf(what: string, { changing, still }: Scrolled): Figure[] {
  const compare = (name: keyof Sample, which: string, unit: string, target?: Target): Figure =>
    figureOf({
      what: `${what}: ${which}`,
      unit,
      subject: changing.map((sample) => sample[name]),
      baseline: { name: 'nothing changes', samples: still.map((sample) => sample[name]) },
      ...(target !== undefined && { target }),
    });
  return [
    compare('median', 'the median frame', 'frames/s', noLessThan(50, null)),
    compare('worst', 'the worst 1 % of frames', 'frames/s', noLessThan(30, null)),
    compare('work', 'processor time of the page', 'ms/frame'),
  ];
}

async function readScriptKib(tab: Tab): Promise<number> {
  const sizes = await Promise.all(
    (await tab.listScripts()).map(async (url) => {
      const answer = await fetch(url, { headers: { 'accept-encoding': 'gzip' } });
      await answer.arrayBuffer();
      return Number(answer.headers.get('content-length'));
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0) / 1_024;
}

async function measureFirstRows(url: string, times: number): Promise<number[]> {
  const found: number[] = [];
  for (let left = times; left > 0; left -= 1) {
    await using tab = await Tab.open(url);
    found.push((await tab.readFirstRows()) / 1_000);
  }
  return found;
}

async function measure(testbed: Testbed): Promise<Report> {
  const [seconds, size] = testbed.quick ? [QUICK_SECONDS, QUICK_FILES] : [SECONDS, FILES];
  const files: Pool = { first: 1, size };
  await using database = await testbed.createDatabase('page');
  await registerFiles(database, files);
  await using waybill = await testbed.startWaybill(database);
  // The page is built when it is first asked for.
  await fetch(waybill.url);
  const firstRows = await measureFirstRows(waybill.url, testbed.quick ? 1 : PAINTS);
  await using tab = await Tab.open(waybill.url);
  const newest: Pool = { first: size - CHANGED + 1, size: CHANGED };
  const some = await scrollBoth(testbed, waybill.url, tab, newest, seconds);
  const memory = await tab.readMemory();
  await tab.readAll();
  // Others, which have not moved yet.
  const next: Pool = { ...newest, first: newest.first - CHANGED };
  const all = await scrollBoth({ ...testbed, rounds: 1 }, waybill.url, tab, next, seconds);
  const memoryOfAll = await tab.readMemory();
  const figures = [
    figureOf({ what: 'changes', unit: 'changes/s', subject: some.rates }),
    ...framesOf('scrolling', some.samples),
    ...framesOf('scrolling, every file read', all.samples),
    figureOf({ what: 'memory of the tab', unit: 'MiB', subject: [memory], target: atMost(250, null) }),
    figureOf({
      what: 'memory of the tab, every file read',
      unit: 'MiB',
      subject: [memoryOfAll],
      target: atMost(250, null),
    }),
    figureOf({ what: 'first rows on the screen', unit: 's', subject: firstRows, target: atMost(1, null) }),
    figureOf({
      what: 'script, gzip',
      unit: 'KiB',
      subject: [await readScriptKib(tab)],
      target: atMost(200, null),
    }),
  ];
  const notes = [
    `${size} files; the newest ${CHANGED} of them change in turn, and the next ${CHANGED} once every file has been read. Chromium draws without a graphics card, on the processors that the service and its database use too.`,
  ];
  return { figures, curves: [], notes };
}

export const page: Bench = { name: 'page', title: 'The page in Chromium', measure };
