// What a processor can reach: nothing. Tried from inside, with the strongest isolation that there is here and with the
// weakest, which Node alone has to hold.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { type Server, createServer } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readProcessorList } from '../../src/processing/processor-list.ts';
import { ISOLATIONS } from '../../src/processing/sandbox/isolation.ts';
import { readProcesses } from '../../src/processing/sandbox/processes.ts';
import { createTemporaryDir } from '../support/temporary-dir.ts';
import { until } from '../support/until.ts';
import { FIXTURES, childPids, jobOf, openRunner, tempDirOf } from './runner.ts';

let server: Server;
let connections = 0;
let port = 0;

beforeAll(async () => {
  server = createServer((socket) => {
    connections += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as { port: number }).port;
});
afterAll(() => server.close());

const LEVELS = [
  ['the strongest isolation here', ISOLATIONS],
  ['the next one', ISOLATIONS.slice(ISOLATIONS.length > 1 ? 1 : 0)],
  ['Node alone', ISOLATIONS.slice(-1)],
] as const;

describe.each(LEVELS)('with %s', (_, isolations) => {
  test('there is no way to network, processes, files or secrets', async () => {
    await using runner = await openRunner(['escapes'], {
      isolations,
      environment: { DATABASE_URL: 'postgres://secret' },
    });
    const database = join(runner.dir.path, 'other.db');
    new DatabaseSync(database).exec('create table secret (word)');
    const outcome = await runner.run(jobOf('\u007fELF', { metadata: { port, database } }));
    const {
      version: _version,
      environment,
      ...ways
    } = outcome.outcome === 'completed' ? outcome.properties['escapes']! : {};
    expect(environment).toEqual({ TZ: 'UTC' });
    expect(Object.keys(ways).length, JSON.stringify(outcome)).toBeGreaterThan(50);
    expect(Object.entries(ways).filter(([, result]) => !String(result).startsWith('refused: '))).toEqual([]);
    // That it is no addon is not what refuses it.
    const asCode = Object.entries(ways).filter(([name]) => name.includes('as code'));
    expect(asCode).toHaveLength(4);
    for (const [name, result] of asCode) expect(result, name).toContain('not allowed');
    expect(connections).toBe(0);
  });

  test('what a program leaves behind ends with the child', async () => {
    await using runner = await openRunner(['programs'], { isolations });
    const seconds = 100_000 + Math.floor(Math.random() * 100_000);
    const outcome = await runner.run(jobOf('x', { metadata: { seconds } }));
    expect(outcome, JSON.stringify(outcome)).toMatchObject({ outcome: 'completed' });
    // A child is found by the session that it leads; the program has left it.
    expect(await childPids()).toHaveLength(1);
    expect(sleepers(seconds)).toBe(1);
    await runner.close();
    // It was killed, which `ps` may see a moment later.
    await until(
      () => sleepers(seconds),
      (count) => count === 0,
    );
  });
});

test('namespaces hold where Node does not: a program sees no network and no other process', async () => {
  await using runner = await openRunner(['programs']);
  const outcome = await runner.run(jobOf('x'));
  const { interfaces, pids, pid } = outcome.outcome === 'completed' ? outcome.properties['programs']! : {};
  if (runner.isolation === 'process-group') return;
  expect(interfaces).toEqual(['lo']);
  expect(pid).toBe(1);
  if (runner.isolation === 'namespaces') expect(pids).toBeLessThan(5);
});

test('the folder of a module is not readable where the parsers of Waybill run', async () => {
  const processors = [
    ...readProcessorList('text', { text: {} }, FIXTURES),
    ...readProcessorList('./facts.ts', {}, FIXTURES),
  ];
  await using runner = await openRunner([], { processors });
  expect(await runner.run(jobOf('x'))).toMatchObject({ properties: { text: {}, facts: { before: ['text'] } } });
  const pids = await childPids();
  expect(pids).toHaveLength(2);
  const lines = pids.map((pid) => execFileSync('ps', ['-ww', '-o', 'args=', '-p', `${pid}`], { encoding: 'utf8' }));
  expect(lines.filter((line) => line.includes(`--allow-fs-read=${FIXTURES}/`))).toHaveLength(1);
});

test('the strength of the isolation is logged', async () => {
  await using strong = await openRunner([]);
  expect(strong.log).toContainEqual(expect.objectContaining({ isolation: strong.isolation }));
  await using weak = await openRunner([], { isolations: ISOLATIONS.slice(-1) });
  expect(weak.log).toContainEqual(expect.objectContaining({ isolation: 'process-group', level: 40 }));
});

test('no weaker isolation is taken because the machine is slow, and none at all because nothing starts', async () => {
  const late = openRunner(['facts'], { limits: { startMs: 1 } });
  await expect(late).rejects.toMatchObject({
    code: 'PROCESSORS_UNUSABLE',
    message: expect.stringMatching(/^No process for processors can be started: [^;]* was not ready after 0.001 s$/),
  });
  const broken = ISOLATIONS.slice(0, 1).map((each) => ({ ...each, unshare: ['--no-such-option'] }));
  await expect(openRunner(['facts'], { isolations: broken })).rejects.toMatchObject({ code: 'PROCESSORS_UNUSABLE' });
});

test('no weaker isolation is taken because a start failed once', async () => {
  await using strongest = await openRunner([]);
  if (strongest.isolation === 'process-group') return;
  const flag = join(strongest.dir.path, 'was-here');
  // Fails the first time, as it does when all namespaces are in use.
  const once = ['--user', 'sh', '-c', `mkdir '${flag}' 2>/dev/null && exit 1; shift; exec "$@"`, 'sh'];
  const isolations = [{ name: 'namespaces', unshare: once, setpriv: false } as const, ...ISOLATIONS.slice(-1)];
  await using runner = await openRunner(['facts'], { isolations });
  expect(existsSync(flag)).toBe(true);
  expect(runner.isolation).toBe('namespaces');
});

test('less than the isolation that is required is refused', async () => {
  const broken = ISOLATIONS.slice(0, 1).map((each) => ({ ...each, unshare: ['--no-such-option'] }));
  const isolations = [...broken, ...ISOLATIONS.slice(-1)];
  if (process.platform === 'linux') {
    const refused = openRunner(['facts'], { isolations, required: 'namespaces' });
    await expect(refused).rejects.toMatchObject({ message: expect.stringContaining('no-such-option') });
    await using taken = await openRunner(['facts'], { isolations, required: 'best' });
    expect(taken.isolation).toBe('process-group');
  }
  const nowhere = openRunner(['facts'], { isolations: ISOLATIONS.slice(-1), required: 'namespaces' });
  await expect(nowhere).rejects.toMatchObject({ code: 'PROCESSORS_UNUSABLE' });
});

test('a child whose parent is killed ends too, even one that never looks up', async () => {
  const parent = new URL('fixtures/killed-parent.ts', import.meta.url).pathname;
  const dir = await createTemporaryDir();
  const { stdout, signal } = spawnSync(process.execPath, [parent, tempDirOf(dir)], { encoding: 'utf8' });
  await dir.remove();
  expect(signal).toBe('SIGKILL');
  const pids = stdout.trim().split(' ').map(Number);
  expect(pids.length).toBeGreaterThan(0);
  if (process.platform !== 'linux') return;
  const left = async (): Promise<number> => (await readProcesses()).filter(({ pid }) => pids.includes(pid)).length;
  expect(await until(left, (count) => count === 0)).toBe(0);
});

function sleepers(seconds: number): number {
  return pidsOf(seconds).length;
}

function pidsOf(seconds: number): number[] {
  const lines = execFileSync('ps', ['-axo', 'pid=,args='], { encoding: 'utf8' }).split('\n');
  return lines.filter((line) => line.endsWith(`sleep ${seconds}`)).map((line) => Number.parseInt(line, 10));
}
