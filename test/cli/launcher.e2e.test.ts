// bin/waybill: from wherever it is started, by whichever Node. One that is too old is played by the one there is.
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
/** It takes requests and never answers, so that whoever asks it is there until stopped. */
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

it('works from another folder, by a link to it', async () => {
  const link = join(dir, 'waybill');
  await symlink(LAUNCHER, link);
  const child = spawn(process.execPath, [link, '--version'], { cwd: dir });
  const [text] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
  expect(text).toMatch(/^\d+\.\d+\.\d+\n$/);
});

describe.each([
  ['as it is', []],
  ['handing over', AS_NODE_20],
])('%s', (_how, nodeArgs) => {
  it('passes on what is printed, and the exit code', async () => {
    expect(await runCli(['--version'], { nodeArgs })).toMatchObject({ code: 0, stderr: '' });
    expect(await runCli(['unknown'], { nodeArgs })).toMatchObject({ code: 2, stdout: '' });
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s stops it with %i and without a word', async (signal, code) => {
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

it('ends quietly when nobody reads what it prints', async () => {
  const cli = startCli(['--help']);
  cli.child.stdout?.destroy();
  const [code] = (await once(cli.child, 'exit')) as [number];
  expect([0, 141]).toContain(code);
  expect(cli.stderr()).toBe('');
});
