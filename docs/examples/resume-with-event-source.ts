// A live list of files with fetch and EventSource, which every browser has. EventSource reconnects automatically with the
// id of the last event it received (Last-Event-ID); the server sends the cursor of each change as that id.
import { type Change, FOLLOW, Interrupted, READ, type Show, type Snapshot, keepLive } from './live-files.ts';

interface Result {
  readonly data?: { readonly fileChanges: Change };
  readonly errors?: readonly { readonly extensions?: Record<string, unknown> }[];
}

/** Keeps the list live until the returned function is called. `url` is that of the server: http://127.0.0.1:4000 */
export function watchFiles(url: string, show: Show): () => void {
  return keepLive({ read: () => read(url), follow: (...args) => follow(url, ...args) }, show);
}

async function read(url: string): Promise<Snapshot> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: READ }),
  });
  return ((await response.json()) as { data: Snapshot }).data;
}

function follow(url: string, after: string, onChange: (change: Change) => void, signal: AbortSignal): Promise<never> {
  const search = new URLSearchParams({ query: FOLLOW, variables: JSON.stringify({ after }) });
  return new Promise((_resolve, reject) => {
    const stream = new EventSource(`${url}/graphql?${search.toString()}`);
    const end = (errors: Result['errors'] = []): void => {
      stream.close();
      reject(new Interrupted(errors));
    };
    stream.addEventListener('next', ({ data }: MessageEvent<string>) => {
      const result = JSON.parse(data) as Result;
      if (result.data != null) onChange(result.data.fileChanges);
      else end(result.errors);
    });
    stream.addEventListener('complete', () => end());
    // EventSource stops reconnecting after an answer that is no event stream, such as an error page of a proxy.
    stream.addEventListener('error', () => {
      if (stream.readyState === EventSource.CLOSED) end();
    });
    signal.addEventListener('abort', () => end(), { once: true });
  });
}
