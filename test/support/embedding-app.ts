// An application that embeds the page of Waybill: the example of docs/examples, served on loopback.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface EmbeddingApp {
  readonly origin: string;
  /** How often it was asked for a token. */
  asked: number;
  /** Gives the next token; replace it for others. */
  giveToken: () => Promise<string>;
  /** Shows Waybill that is there. */
  embed(waybillUrl: string): void;
  stop(): Promise<void>;
}

export async function startEmbeddingApp(giveToken: () => Promise<string>): Promise<EmbeddingApp> {
  const example = await readFile(new URL('../../docs/examples/embedding-page.html', import.meta.url), 'utf8');
  let waybill = '';
  const server = createServer((request, response) => {
    if (request.url !== '/waybill-token') {
      response.setHeader('content-type', 'text/html; charset=utf-8');
      return void response.end(example.replace('https://files.example.com', () => waybill));
    }
    app.asked += 1;
    response.setHeader('content-type', 'application/json');
    void app.giveToken().then((token) => response.end(JSON.stringify({ token })));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const app: EmbeddingApp = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: 0,
    giveToken,
    embed: (url) => void (waybill = url),
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return app;
}
