// Serves the route of Next.js of examples/receivers/ as Next.js would: with a Request, and a Response for an answer.
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { POST } from '../../examples/receivers/next-route.ts';

createServer((incoming, outgoing) => {
  void (async () => {
    const headers = new Headers(incoming.headers as Record<string, string>);
    const answer = await POST(
      new Request('http://localhost/hook', { method: 'POST', headers, body: await text(incoming) }),
    );
    outgoing.writeHead(answer.status).end(await answer.text());
  })();
}).listen(Number(process.env['PORT']), '127.0.0.1', () => process.stdout.write('listening\n'));
