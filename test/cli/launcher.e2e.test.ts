// bin/waybill: started from any folder, by any Node. An old Node is simulated by overriding process.versions.
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LAUNCHER, runCli, startCli } from '../support/cli.ts';
import { until } from '../support/until.ts';

const AS_NODE_20 = [
  '--import',
  `data:text/javascript,${encodeURIComponent(
    'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.0.0" } });',
  )}`,
];

let dir: string;
/** Accepts requests and never answers, so that a client stays until it is stopped. */
let silent: Server;
let url: string;
let asking: number;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'waybill-launcher-'));
  asking = 0;
  silent = createServer((request) => {
    asking += 1;
    request.socket.on('error', () => undefined).once('close', () => (asking -= 1));
  }).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
});
afterEach(async () => {
  silent.closeAllConnections();
  await new Promise((resolve) => silent.close(resolve));
  await rm(dir, { recursive: true, force: true });
});

const untilAsking = (count: number): Promise<number> =>
  until(
    () => asking,
    (now) => now === count,
  );

it('works from another folder, through a symbolic link', async () => {
  const link = join(dir, 'waybill');
  await symlink(LAUNCHER, link);
  const child = spawn(process.execPath, [link, '--version'], { cwd: dir });
  const [text] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
  expect(text).toMatch(/^\d+\.\d+\.\d+\n$/);
});

it('works as `npx waybill` in a clone', async () => {
  const child = spawn('sh', ['-c', 'npx --no-install waybill --version'], {
    env: { ...process.env, npm_config_update_notifier: 'false' },
  });
  const [text] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
  expect(text).toMatch(/^\d+\.\d+\.\d+\n$/);
});

describe.each([
  ['on a current Node', []],
  ['on an old Node', AS_NODE_20],
])('%s', (_how, nodeArgs) => {
  it('passes on output and exit code', async () => {
    expect(await runCli(['--version'], { nodeArgs })).toMatchObject({ code: 0, stderr: '' });
    expect(await runCli(['unknown'], { nodeArgs })).toMatchObject({ code: 2, stdout: '' });
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s stops it with %i and no output', async (signal, code) => {
    const cli = startCli(['ls', '--url', url], { nodeArgs });
    await untilAsking(1);
    cli.child.kill(signal);
    expect(await cli.ended).toEqual({ code, stdout: '', stderr: '' });
    await untilAsking(0);
  });

  it('leaves nothing behind when it is killed', async () => {
    const cli = startCli(['ls', '--url', url], { nodeArgs });
    await untilAsking(1);
    cli.child.kill('SIGKILL');
    await untilAsking(0);
    expect((await cli.ended).code).toBeNull();
  });
});

it('exits quietly when the reader closes the pipe', async () => {
  const cli = startCli(['--help']);
  cli.child.stdout?.destroy();
  const [code] = (await once(cli.child, 'exit')) as [number];
  expect([0, 141]).toContain(code);
  expect(cli.stderr()).toBe('');
});
