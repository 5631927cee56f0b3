// bin/service, which npm's scripts run: with a Node that is too old it says so.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const SERVICE = join(import.meta.dirname, '../../bin/service');

function run(node: string): { status: number | null; stderr: string } {
  const { status, stderr } = spawnSync(node, [SERVICE, 'sevre'], { encoding: 'utf8' });
  return { status, stderr };
}

const SYSTEM_NODE = '/usr/bin/node';
const version = spawnSync(SYSTEM_NODE, ['--version'], { encoding: 'utf8' }).stdout ?? '';
const isOld = /^v(?:1\d|2[0-3])\./.test(version);
if (!isOld) process.stderr.write('No Node older than 24 at /usr/bin/node: a test of what it says is left out.\n');

it('passes its words on to src/main.ts', () => {
  const { status, stderr } = run(process.execPath);
  expect(status).toBe(1);
  expect(JSON.parse(stderr)).toMatchObject({ msg: expect.stringMatching(/^unknown command sevre/) as string });
});

it.skipIf(!isOld)('says in one sentence that Node is too old', () => {
  const { status, stderr } = run(SYSTEM_NODE);
  expect(status).toBe(1);
  expect(stderr).toMatch(/^waybill: Node 24 or newer is required, and this is v\d+\.[^\n]+\n$/);
});
