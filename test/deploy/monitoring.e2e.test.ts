// /metrics as Prometheus wants it, and the alert rules and the dashboard of deploy/, which name nothing that is not there.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newFile, transition } from '../support/client.ts';
import { get } from '../support/http.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { createUpload, patch } from '../support/tus.ts';
import { until } from '../support/until.ts';

const ROOT = join(import.meta.dirname, '../..');
const ALERTS = join(ROOT, 'deploy/alerts.yml');
const hasPromtool = spawnSync('promtool', ['--version']).status === 0;
if (!hasPromtool) process.stderr.write('No promtool: metrics and alert rules are not checked by it.\n');

let instance: Instance;
let text = '';
beforeAll(async () => {
  instance = await startInstance();
  await transition(instance.url, await newFile(instance.url), 'START_UPLOAD');
  await patch(await createUpload(instance.url, 5_000), 0, Buffer.alloc(3_000));
  // A request counts once its answer has left.
  ({ text } = await until(
    () => get(instance.url, '/metrics'),
    (answer) => /method="PATCH"/.test(answer.text) && /^waybill_upload_requests_active 0$/m.test(answer.text),
  ));
});
afterAll(() => instance.stop());

const valueOf = (series: string): number => {
  const line = text.split('\n').find((each) => each.startsWith(`${series} `));
  return Number(line?.slice(series.length + 1));
};

function promtool(...args: string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync('promtool', args, { input: text, encoding: 'utf8' });
  return { status, output: stdout + stderr };
}

describe.skipIf(!hasPromtool)('promtool', () => {
  it('finds no fault with the metrics', () => {
    expect(promtool('check', 'metrics')).toEqual({ status: 0, output: '' });
  });

  it('finds no fault with the alert rules', () => {
    expect(promtool('check', 'rules', ALERTS)).toMatchObject({ status: 0 });
  });

  it('sees alerts fire when they should', () => {
    const { status, output } = promtool('test', 'rules', join(import.meta.dirname, 'alerts.test.yml'));
    expect({ status, output }).toMatchObject({ status: 0 });
  });
});

it('every metric that the rules, the dashboard and the documentation name is there', () => {
  const there = new Set(text.match(/(?<=^|^# TYPE )waybill_\w+/gm));
  for (const path of ['deploy/alerts.yml', 'deploy/grafana-dashboard.json', 'docs/operations.md']) {
    // A role of the database is named alike.
    const named = readFileSync(join(ROOT, path), 'utf8').match(/\bwaybill_(?!app\b)[a-z]\w+/g) ?? [];
    expect(named.length, path).toBeGreaterThan(5);
    expect(
      // A histogram by a label has no buckets before there is a value.
      named.filter((name) => !there.has(name) && !there.has(name.replace(/_bucket$/, ''))),
      path,
    ).toEqual([]);
  }
});

it('uploads, files by state, pools and the build are counted', () => {
  expect(valueOf('waybill_upload_received_bytes_total')).toBe(3_000);
  expect(valueOf('waybill_upload_requests_total{method="PATCH",status="204"}')).toBe(1);
  expect(valueOf('waybill_upload_requests_total{method="POST",status="201"}')).toBe(1);
  expect(valueOf('waybill_upload_requests_active')).toBe(0);
  expect(valueOf('waybill_files{state="UPLOADING"}')).toBe(2);
  expect(valueOf('waybill_files{state="FAILED"}')).toBe(0);
  expect(valueOf('waybill_unfinished_bytes{state="UPLOADING"}')).toBe(3_000);
  expect(valueOf('waybill_segments_discarded')).toBe(0);
  expect(valueOf('waybill_pool_waiting{pool="writes"}')).toBe(0);
  expect(text).toMatch(/^waybill_pool_connections\{pool="reads",state="idle"\} \d+$/m);
  expect(text).toMatch(/^waybill_build_info\{version="\d[^"]*",node="v\d[^"]*"\} 1$/m);
  expect(text).toMatch(/^# TYPE waybill_feed_sequenced_total counter$/m);
});
