// The hooks where there is no page: on a server that renders one.
import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
import { expect, it } from 'vitest';
import { createWaybill } from '../../../packages/client/src/client.ts';
import {
  useCounts,
  useFile,
  useFiles,
  useStore,
  useTransition,
  useUploads,
} from '../../../packages/client/src/react.ts';

/** A client that must not be used. */
const requests: string[] = [];
const waybill = createWaybill({
  url: 'http://127.0.0.1:1',
  fetch: (url) => {
    requests.push(url);
    return Promise.reject(new Error('a server asked for something'));
  },
  webSocketImpl: function WebSocket(url: string) {
    requests.push(url);
  },
});

const uploads = { subscribe: () => () => undefined, getSnapshot: () => [{ name: 'a', sent: 1 }] };

function App(): string {
  const files = useFiles(waybill, { states: ['INDEXED'] });
  const { send, ...sending } = useTransition(files);
  const shown = [files, useFile(waybill, 'file_1'), useCounts(waybill), useUploads(uploads), sending, typeof send];
  return JSON.stringify(shown);
}

it('a server renders what is shown while it loads, twice the same, and asks nobody', () => {
  const rendered = renderToString(createElement(App)).replaceAll('&quot;', '"');
  const since = '1970-01-01T00:00:00.000Z';
  expect(JSON.parse(rendered)).toEqual([
    { files: [], hasMore: false, status: 'loading', since },
    { status: 'loading', since },
    { status: 'loading', since },
    [{ name: 'a', sent: 1 }],
    { isPending: false },
    'function',
  ]);
  expect(renderToString(createElement(App)).replaceAll('&quot;', '"')).toBe(rendered);
  expect(requests).toEqual([]);
});

it('renders the snapshot that a store has for servers rather than that of now', () => {
  const store = { ...uploads, getSnapshot: () => 'now', getServerSnapshot: () => 'before' };
  const Shown = (): string => useStore(store);
  expect(renderToString(createElement(Shown))).toBe('before');
});
