// A receiver of webhooks with Fastify. WEBHOOK_SECRET is what createWebhook returned.
import fastify from 'fastify';
import { Webhook } from 'standardwebhooks';

const webhook = new Webhook(process.env['WEBHOOK_SECRET'] ?? '');
const seen = new Set<string>(); // in your database, written together with what the change does there

const app = fastify();
app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => done(null, body));
app.post('/hook', async (request, reply) => {
  try {
    webhook.verify(request.body as string, request.headers as Record<string, string>);
  } catch {
    return await reply.code(401).send();
  }
  const { id, data } = JSON.parse(request.body as string) as { id: string; data: { kind: string; fileId: string } };
  if (!seen.has(id)) process.stdout.write(`${data.kind} ${data.fileId}\n`);
  seen.add(id);
  return await reply.code(204).send();
});
await app.listen({ port: Number(process.env['PORT'] ?? 3000), host: '127.0.0.1' });
process.stdout.write('listening\n');
