// The webhooks of the tenant.
import type { Waybill } from '@waybill/client';
import { useCallback, useState } from 'react';
import { READ_WEBHOOKS } from '../generated/documents.ts';
import type { ListedWebhookFragment } from '../generated/operations.ts';
import { OPS } from '../texts-operations.ts';
import { Notice } from '../ui/notice.tsx';
import { useLoaded } from './loaded.ts';
import { SecretDialog } from './secret-dialog.tsx';
import { Content, Section } from './section.tsx';
import { WebhookForm } from './webhook-form.tsx';
import { WebhookItem } from './webhook-item.tsx';

/** A tenant may have 50, unless the server says otherwise. */
const MOST = 1_000;

export function Webhooks({ waybill }: { readonly waybill: Waybill }) {
  const read = useCallback(
    async (signal: AbortSignal): Promise<ListedWebhookFragment[]> => {
      const { webhooks } = await waybill.query(READ_WEBHOOKS, { first: MOST }, { signal });
      return webhooks.edges.map(({ node }) => node);
    },
    [waybill],
  );
  const loaded = useLoaded(read);
  const { reload } = loaded;
  const [isAdding, setAdding] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  return (
    <Section
      title={OPS.webhooks}
      action={
        <button type="button" className="button" onClick={() => setAdding(true)}>
          {OPS.addWebhook}
        </button>
      }
    >
      <Content loaded={loaded} failed={OPS.webhooksFailed}>
        {(webhooks) =>
          webhooks.length === 0 ? (
            <Notice title={OPS.noWebhooks} hint={OPS.noWebhooksHint} />
          ) : (
            <ul className="ops-list">
              {webhooks.map((webhook) => (
                <WebhookItem
                  key={webhook.id}
                  webhook={webhook}
                  waybill={waybill}
                  onChanged={reload}
                  onSecret={setSecret}
                />
              ))}
            </ul>
          )
        }
      </Content>
      {isAdding && (
        <WebhookForm
          waybill={waybill}
          onClose={() => setAdding(false)}
          onCreated={(created) => {
            setAdding(false);
            setSecret(created);
            reload();
          }}
        />
      )}
      {secret !== null && <SecretDialog secret={secret} hint={OPS.webhookSecretHint} onClose={() => setSecret(null)} />}
    </Section>
  );
}
