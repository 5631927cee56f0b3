// Server-sent events as a client reads them off the wire (https://html.spec.whatwg.org/multipage/server-sent-events.html).

/** A block of the stream: an event, or fields without one. */
export interface Block {
  readonly event: string | null;
  readonly id: string | null;
  readonly data: string | null;
  readonly comment: boolean;
}

export interface StreamOptions {
  readonly variables?: Record<string, unknown>;
  readonly lastEventId?: string | null;
  readonly signal?: AbortSignal;
}

function parse(block: string): Block {
  const lines = block.split('\n');
  const field = (name: string): string | null => {
    const line = lines.find((each) => each === name || each.startsWith(`${name}:`));
    return line === undefined ? null : line.slice(name.length + 1).replace(/^ /, '');
  };
  return { event: field('event'), id: field('id'), data: field('data'), comment: block.startsWith(':') };
}

/** Subscribes by GET, as an EventSource does. Ends when the stream is completed, throws when it breaks. */
export async function* readStream(
  url: string,
  query: string,
  { variables = {}, lastEventId = null, signal }: StreamOptions = {},
): AsyncGenerator<Block, void> {
  const search = new URLSearchParams({ query, variables: JSON.stringify(variables) });
  const headers = { accept: 'text/event-stream', ...(lastEventId === null ? {} : { 'last-event-id': lastEventId }) };
  const response = await fetch(`${url}/graphql?${search.toString()}`, { headers, signal: signal ?? null });
  if (response.body === null) throw new Error(`no stream: ${response.status}`);
  let rest = '';
  for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
    const blocks = (rest + text).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) yield parse(block);
  }
}
