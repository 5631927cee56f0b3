// npm run documents:page: prints what the page sends, as WAYBILL_TRUSTED_DOCUMENTS takes it (docs/frontend.md).
import { createHash } from 'node:crypto';

const FILES = ['packages/client/src/generated/documents.ts', 'web/src/generated/documents.ts'];

async function readTexts(path: string): Promise<string[]> {
  const exported = (await import(new URL(`../${path}`, import.meta.url).href)) as Record<string, unknown>;
  return Object.values(exported).filter((each) => typeof each === 'string');
}

const texts = (await Promise.all(FILES.map(readTexts))).flat();
const byHash = texts.map((text) => [createHash('sha256').update(text).digest('hex'), text] as const);
process.stdout.write(`${JSON.stringify(Object.fromEntries(byHash), null, 2)}\n`);
