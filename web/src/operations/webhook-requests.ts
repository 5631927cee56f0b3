// What can be asked of the server about one webhook. Each throws WaybillError when it is refused.
import { type Waybill, expectSuccess } from '@waybill/client';
import { DELETE_WEBHOOK, REPLAY_WEBHOOK, ROTATE_WEBHOOK_SECRET, UPDATE_WEBHOOK } from '../generated/documents.ts';

export const webhookRequests = (waybill: Waybill, id: string) => ({
  async setState(state: 'ACTIVE' | 'PAUSED'): Promise<void> {
    expectSuccess((await waybill.mutate(UPDATE_WEBHOOK, { input: { id, state } })).updateWebhook);
  },
  /** @returns the new secret, which is told once */
  async rotate(): Promise<string> {
    const { rotateWebhookSecret } = await waybill.mutate(ROTATE_WEBHOOK_SECRET, { input: { id } });
    return expectSuccess(rotateWebhookSecret).secret;
  },
  async remove(): Promise<void> {
    expectSuccess((await waybill.mutate(DELETE_WEBHOOK, { input: { id } })).deleteWebhook);
  },
  /** @param after a cursor */
  async replay(after: string): Promise<void> {
    expectSuccess((await waybill.mutate(REPLAY_WEBHOOK, { input: { id, after } })).replayWebhook);
  },
});
