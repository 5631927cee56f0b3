// npm run screenshots: boots a throw-away instance, fills it, and takes the picture of the README from the page as it runs.
// With `-- --all FOLDER` every view, or those that are named, in light and dark, 360, 1280 and 2560 pixels wide, for whoever judges them.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { startDemoInstance } from './demo/instance.ts';
import { type Shown, fill } from './screenshots/data.ts';
import { SETTINGS, operate, startReceiver } from './screenshots/operating.ts';
import { VIEWS, type View } from './screenshots/views.ts';

const SIZES = [
  { width: 360, height: 740 },
  { width: 1280, height: 800 },
  { width: 2560, height: 1300 },
];
const README = { width: 1280, height: 720 };

interface Shot {
  readonly view: View;
  readonly size: { readonly width: number; readonly height: number };
  readonly colorScheme: 'light' | 'dark';
  readonly path: string;
}

function shotsFor([option, folder, only]: readonly string[]): Shot[] {
  if (option === undefined) {
    const view = VIEWS.find(({ name }) => name === 'file')!;
    return (['light', 'dark'] as const).map((colorScheme) => ({
      view,
      size: README,
      colorScheme,
      path: `docs/page-${colorScheme}.png`,
    }));
  }
  if (option !== '--all' || folder === undefined)
    throw new Error('usage: npm run screenshots [-- --all FOLDER [VIEW,VIEW]]');
  return VIEWS.filter(({ name }) => only?.split(',').includes(name) ?? true).flatMap((view) =>
    SIZES.flatMap((size) =>
      (['light', 'dark'] as const).map((colorScheme) => ({
        view,
        size,
        colorScheme,
        path: join(folder, `${view.name}-${colorScheme}-${size.width}.png`),
      })),
    ),
  );
}

async function take(
  browser: Browser,
  url: string,
  shown: Shown,
  { view, size, colorScheme, path }: Shot,
): Promise<void> {
  const context = await browser.newContext({ viewport: size, colorScheme, reducedMotion: 'reduce', locale: 'en-GB' });
  try {
    const page = await context.newPage();
    await view.show(page, url, shown);
    await page.screenshot({ path });
    await view.clean?.(page);
    console.log(path);
  } finally {
    await context.close();
  }
}

const shots = shotsFor(process.argv.slice(2));
if (process.argv[3] !== undefined) await mkdir(process.argv[3], { recursive: true });
const receiver = await startReceiver();
const instance = await startDemoInstance(new AbortController().signal, SETTINGS);
try {
  const executablePath = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  try {
    const shown = await fill(instance.url);
    await operate(instance.url, receiver.url);
    for (const shot of shots) await take(browser, instance.url, shown, shot);
  } finally {
    await browser.close();
  }
} finally {
  await instance.stop();
  receiver.close();
}
