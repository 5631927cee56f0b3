// Reads server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html) with fetch and nothing else.

export interface ServerEvent {
  readonly event: string;
  readonly data: string;
}

function parseEvent(block: string): ServerEvent {
  const fields = new Map(
    block.split('\n').map((line) => {
      const [, name = '', value = ''] = /^([^:]*): ?(.*)$/.exec(line) ?? [];
      return [name, value] as const;
    }),
  );
  return { event: fields.get('event') ?? '', data: fields.get('data') ?? '' };
}

/** The events of one operation; without comments (keep-alive). Throws when the stream breaks. */
export async function* readEvents(
  url: string,
  query: string,
  variables: Record<string, unknown> = {},
  signal: AbortSignal | null = null,
): AsyncGenerator<ServerEvent, void> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ query, variables }),
    signal,
  });
  let text = '';
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    const blocks = (text + chunk).split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) if (!block.startsWith(':') && block !== '') yield parseEvent(block);
  }
}

/** The data of every `next` of a stream; ends at its `complete`. */
export async function* readData<Data>(
  url: string,
  query: string,
  variables: Record<string, unknown> = {},
  signal: AbortSignal | null = null,
): AsyncGenerator<Data, void> {
  for await (const { event, data } of readEvents(url, query, variables, signal)) {
    if (event === 'complete') return;
    const result = JSON.parse(data) as { data?: Data; errors?: unknown };
    if (result.errors !== undefined) throw new Error(JSON.stringify(result.errors));
    if (result.data !== undefined) yield result.data;
  }
}
