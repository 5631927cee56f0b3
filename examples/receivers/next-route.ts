// A receiver of webhooks as a route of Next.js: app/hook/route.ts. WEBHOOK_SECRET is what createWebhook returned.
import { Webhook } from 'standardwebhooks';

const seen = new Set<string>(); // in your database, written together with what the change does there

export async function POST(request: Request): Promise<Response> {
  const body = await request.text();
  try {
    new Webhook(process.env['WEBHOOK_SECRET'] ?? '').verify(body, Object.fromEntries(request.headers));
  } catch {
    return new Response(null, { status: 401 });
  }
  const { id, data } = JSON.parse(body) as { id: string; data: { kind: string; fileId: string } };
  if (!seen.has(id)) process.stdout.write(`${data.kind} ${data.fileId}\n`);
  seen.add(id);
  return new Response(null, { status: 204 });
}
