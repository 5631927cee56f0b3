// A child is used for one file after another: what one file leaves behind in it does not touch the next.
import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../src/processing/run-file.ts';
import { processesOf, readProcesses } from '../../src/processing/sandbox/processes.ts';
import { childPids, jobOf, openRunner } from './runner.ts';
import { until } from '../support/until.ts';

// Without namespaces a child sees its own pid as others do.
const factsOf = (outcome: Outcome): Record<string, unknown> => {
  expect(outcome, JSON.stringify(outcome)).toMatchObject({ outcome: 'completed' });
  return outcome.outcome === 'completed' ? outcome.properties['leftovers']! : {};
};

describe('what a file leaves behind', () => {
  test.each(['stream', 'stream that is opened late', 'read that comes late'])(
    'a %s gives nothing of the next one',
    async (leaves) => {
      await using runner = await openRunner(['leftovers']);
      factsOf(await runner.run(jobOf('mine', { metadata: { leaves } })));
      const [child] = await childPids();
      const { result } = factsOf(await runner.run(jobOf('a secret of somebody else')));
      expect(await childPids()).toEqual([child]);
      expect(result).toMatch(/^refused: /);
    },
  );

  test.each(['throw', 'rejection'])('a %s does not fail the next one, and ends the child after it', async (leaves) => {
    await using runner = await openRunner(['leftovers']);
    factsOf(await runner.run(jobOf('x', { metadata: { leaves } })));
    const before = await childPids();
    factsOf(await runner.run(jobOf('y')));
    expect(await childPids()).toEqual([]);
    factsOf(await runner.run(jobOf('z')));
    expect(before).toHaveLength(1);
  });

  test('progress is not shown as the next one’s', async () => {
    await using runner = await openRunner(['leftovers']);
    factsOf(await runner.run(jobOf('x', { metadata: { leaves: 'progress' } })));
    const messages: string[] = [];
    const job = jobOf('y', {}, { onProgress: ({ message }) => messages.push(message) });
    expect(factsOf(await runner.run(job))).toMatchObject({ result: 'got undefined' });
    expect(messages).toContain('leftovers');
    expect(messages).not.toContain('of another file');
  });

  test('a child that has ended unseen is replaced', async () => {
    await using runner = await openRunner(['leftovers']);
    factsOf(await runner.run(jobOf('x')));
    const [child] = await childPids();
    // Inner ones first, all at once: the runner has not heard of it when it gives the child the next file.
    for (const { pid } of processesOf(child!, await readProcesses()).toReversed()) process.kill(pid, 'SIGKILL');
    factsOf(await runner.run(jobOf('y')));
    expect(runner.log.map(({ msg }) => msg)).not.toContain('a processor failed');
  });

  test('a throw while it waits for another one ends the child', async () => {
    await using runner = await openRunner(['leftovers']);
    factsOf(await runner.run(jobOf('x', { metadata: { throwsWhenIdle: true } })));
    expect(await until(childPids, (pids) => pids.length === 0)).toEqual([]);
    factsOf(await runner.run(jobOf('y')));
  });
});
