// What browsers report of the page's policy: logged once and counted, and bounded whoever sends it.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { REPORTED, handleReports } from '../../../src/http/page/reports.ts';
import { readMetric } from '../../support/http.ts';
import { type Instance, startInstance } from '../../support/instance.ts';

let waybill: Instance;
beforeAll(async () => {
  waybill = await startInstance();
});
afterAll(() => waybill.stop());

const report = (fields: Record<string, unknown>): string => JSON.stringify({ 'csp-report': fields });

const send = (body: string): Promise<Response> =>
  fetch(`${waybill.url}/csp-reports`, {
    method: 'POST',
    headers: { 'content-type': 'application/csp-report' },
    body,
  });

const violations = (directive: string): Promise<number> =>
  readMetric(waybill.url, `waybill_page_policy_violations_total{directive="${directive}"}`);

const refused = (): Promise<number> => readMetric(waybill.url, 'waybill_page_reports_refused_total');

it('a violation is counted each time, and logged once, without what a URL may give a right to', async () => {
  const fields = {
    'effective-directive': 'img-src',
    'blocked-uri': 'https://elsewhere.example/picture?right=secret#secret',
    'source-file': 'https://files.example.com/assets/page.js?secret',
    'line-number': 7,
    'document-uri': 'https://files.example.com/?code=secret',
  };
  for (let count = 0; count < 3; count += 1) expect((await send(report(fields))).status).toBe(204);
  expect(await violations('img-src')).toBe(3);
  const logged = waybill.log.filter(({ msg }) => msg === REPORTED);
  expect(logged).toEqual([
    expect.objectContaining({
      directive: 'img-src',
      blocked: 'https://elsewhere.example/picture',
      source: 'https://files.example.com/assets/page.js',
      line: 7,
    }),
  ]);
  expect(JSON.stringify(logged)).not.toContain('secret');
});

it('a directive that the policy does not have makes no series of its own', async () => {
  expect((await send(report({ 'effective-directive': 'made-up' }))).status).toBe(204);
  expect(await violations('other')).toBe(1);
});

it.each(['', 'not JSON', 'null', '[]', '{}', '{"csp-report":7}'])('%j is not read', async (body) => {
  const before = await refused();
  expect((await send(body)).status).toBe(400);
  expect(await refused()).toBe(before + 1);
});

it('more bytes than a report has are not read', async () => {
  expect((await send(report({ 'blocked-uri': 'x'.repeat(20_000) }))).status).toBe(413);
});

it('other methods are refused', async () => {
  const answer = await fetch(`${waybill.url}/csp-reports`);
  expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST']);
});

it('a flood is refused before it is read, and let through again ten a second', async () => {
  let time = 0;
  const counted = { violations: 0, refused: 0 };
  const handle = handleReports({
    log: pino({ level: 'silent' }),
    now: () => time,
    metrics: {
      countViolation: () => void (counted.violations += 1),
      countRefused: () => void (counted.refused += 1),
    },
  });
  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const flood = async (): Promise<void> => {
    for (let sent = 0; sent < 110; sent += 1) {
      await fetch(url, { method: 'POST', body: report({ 'effective-directive': 'img-src' }) });
    }
  };
  try {
    await flood();
    expect(counted).toEqual({ violations: 100, refused: 10 });
    time = 3_000;
    await flood();
    expect(counted).toEqual({ violations: 130, refused: 90 });
  } finally {
    server.close();
  }
});
