// What the README shows for Vue and Svelte is what is tested here, with Vue and Svelte.
import { readFileSync } from 'node:fs';
import { derived } from 'svelte/store';
import { computed, effectScope } from 'vue';
import { WebSocket } from 'ws';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { toReadable } from '../../examples/stores/svelte.ts';
import { useStore } from '../../examples/stores/vue.ts';
import { type Waybill, createWaybill } from '../../packages/client/src/client.ts';
import { newFile } from '../support/client.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { until } from '../support/until.ts';

let waybill: Instance;
let client: Waybill;
beforeAll(async () => {
  waybill = await startInstance();
});
afterAll(() => waybill.stop());
beforeEach(() => {
  client = createWaybill({ url: waybill.url, webSocketImpl: WebSocket });
});
afterEach(() => client.close());

it.each(['vue', 'svelte'])('the README shows examples/stores/%s.ts to the letter', (name) => {
  const code = readFileSync(`examples/stores/${name}.ts`, 'utf8');
  expect(readFileSync('packages/client/README.md', 'utf8')).toContain(`\`\`\`ts\n${code}\`\`\``);
});

it('a ref of Vue follows a list, until its scope is disposed of', async () => {
  const list = client.live.files({ nameContains: 'of vue' });
  const scope = effectScope();
  const files = scope.run(() => useStore(list))!;
  const names = computed(() => files.value.files.map(({ name }) => name));
  expect(names.value).toEqual([]);
  await newFile(waybill.url, { name: 'first of vue' });
  await until(
    () => names.value,
    ([name]) => name === 'first of vue',
  );
  scope.stop();
  // Another subscriber is told of the next file, and the ref is not.
  const unsubscribe = list.subscribe(() => undefined);
  await newFile(waybill.url, { name: 'second of vue' });
  await until(
    () => list.getSnapshot().files,
    ({ length }) => length === 2,
  );
  unsubscribe();
  expect(names.value).toEqual(['first of vue']);
});

it('a store of Svelte follows a list, and others are derived from it', async () => {
  const files = toReadable(client.live.files({ nameContains: 'of svelte' }));
  const names = derived(files, ({ files: shown }) => shown.map(({ name }) => name));
  let seen: readonly string[] | undefined;
  const unsubscribe = names.subscribe((shown) => (seen = shown));
  expect(seen).toEqual([]);
  await newFile(waybill.url, { name: 'first of svelte' });
  await until(
    () => seen,
    (shown) => shown?.[0] === 'first of svelte',
  );
  unsubscribe();
});
