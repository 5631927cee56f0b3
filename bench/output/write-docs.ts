// Writes docs/performance.md and its plots.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Result } from '../result.ts';
import { drawDocument } from './document.ts';
import { drawCurve } from './svg-plot.ts';

const DOCS = new URL('../../docs', import.meta.url).pathname;

export async function writeDocs(results: readonly Result[]): Promise<void> {
  const plots = join(DOCS, 'performance');
  await mkdir(plots, { recursive: true });
  for (const curve of results.flatMap(({ curves }) => curves)) {
    await writeFile(join(plots, `${curve.id}.svg`), drawCurve(curve));
  }
  await writeFile(join(DOCS, 'performance.md'), drawDocument(results));
}
