// A receiver of webhooks with Express. WEBHOOK_SECRET is what createWebhook returned.
import express from 'express';
import { Webhook } from 'standardwebhooks';

const webhook = new Webhook(process.env['WEBHOOK_SECRET'] ?? '');
const seen = new Set<string>(); // in your database, written together with what the change does there

const app = express().post('/hook', express.raw({ type: () => true, limit: '1mb' }), (request, response) => {
  try {
    webhook.verify(request.body as Buffer, request.headers as Record<string, string>);
  } catch {
    return void response.sendStatus(401);
  }
  const { id, data } = JSON.parse(String(request.body)) as { id: string; data: { kind: string; fileId: string } };
  if (!seen.has(id)) process.stdout.write(`${data.kind} ${data.fileId}\n`);
  seen.add(id);
  response.sendStatus(204);
});
app.listen(Number(process.env['PORT'] ?? 3000), '127.0.0.1', () => process.stdout.write('listening\n'));
