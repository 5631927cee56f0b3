// The API keys of the tenant.
import { type Waybill, expectSuccess } from '@waybill/client';
import { useCallback, useState } from 'react';
import { formatShortTime } from '../app/format.ts';
import { READ_API_KEYS, REVOKE_API_KEY } from '../generated/documents.ts';
import type { ReadApiKeysQuery } from '../generated/operations.ts';
import { OPS, ROLE_NAMES } from '../texts-operations.ts';
import { Confirm } from '../ui/dialog.tsx';
import { Notice } from '../ui/notice.tsx';
import { KeyForm } from './key-form.tsx';
import { useDoing, useLoaded } from './loaded.ts';
import { SecretDialog } from './secret-dialog.tsx';
import { Content, Section } from './section.tsx';

type Keys = ReadApiKeysQuery['apiKeys'];
type Key = Keys['edges'][number]['node'];

const PAGE_SIZE = 50;

export function ApiKeys({ waybill }: { readonly waybill: Waybill }) {
  const [first, setFirst] = useState(PAGE_SIZE);
  const read = useCallback(
    async (signal: AbortSignal): Promise<Keys> =>
      (await waybill.query(READ_API_KEYS, { first, after: null }, { signal })).apiKeys,
    [waybill, first],
  );
  const loaded = useLoaded(read);
  const { reload } = loaded;
  const [isCreating, setCreating] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  return (
    <Section
      title={OPS.keys}
      action={
        <button type="button" className="button" onClick={() => setCreating(true)}>
          {OPS.addKey}
        </button>
      }
    >
      <Content loaded={loaded} failed={OPS.keysFailed}>
        {({ edges, pageInfo }) =>
          edges.length === 0 ? (
            <Notice title={OPS.noKeys} hint={OPS.noKeysHint} />
          ) : (
            <>
              <ul className="ops-list">
                {edges.map(({ node }) => (
                  <KeyItem key={node.id} apiKey={node} waybill={waybill} onChanged={reload} />
                ))}
              </ul>
              {pageInfo.hasNextPage && (
                <button type="button" className="button" onClick={() => setFirst(Math.min(first * 2, 1_000))}>
                  {OPS.moreKeys}
                </button>
              )}
            </>
          )
        }
      </Content>
      {isCreating && (
        <KeyForm
          waybill={waybill}
          onClose={() => setCreating(false)}
          onCreated={(created) => {
            setCreating(false);
            setSecret(created);
            reload();
          }}
        />
      )}
      {secret !== null && <SecretDialog secret={secret} hint={OPS.keySecretHint} onClose={() => setSecret(null)} />}
    </Section>
  );
}

interface KeyItemProps {
  readonly apiKey: Key;
  readonly waybill: Waybill;
  readonly onChanged: () => void;
}

function KeyItem({ apiKey, waybill, onChanged }: KeyItemProps) {
  const { id, name, roles } = apiKey;
  const [isAsking, setAsking] = useState(false);
  const { isBusy, problem, run } = useDoing();
  const revoke = async (): Promise<void> => {
    const { revokeApiKey } = await waybill.mutate(REVOKE_API_KEY, { input: { id } });
    expectSuccess(revokeApiKey);
    onChanged();
  };
  return (
    <li className="ops-item">
      <div className="ops-item-head">
        <h3>{name}</h3>
        <span className="faint">{roles.map((role) => ROLE_NAMES[role]).join(', ')}</span>
        <button
          type="button"
          className="button dangerous"
          aria-label={OPS.of(OPS.revoke, name)}
          disabled={isBusy}
          onClick={() => setAsking(true)}
        >
          {OPS.revoke}
        </button>
      </div>
      <p className="faint">{describe(apiKey)}</p>
      <p role="alert" className="problem">
        {problem}
      </p>
      {isAsking && (
        <Confirm
          title={OPS.confirmRevoke(name)}
          hint={OPS.confirmRevokeHint}
          action={OPS.revoke}
          onConfirm={() => run(revoke)}
          onClose={() => setAsking(false)}
        />
      )}
    </li>
  );
}

function describe({ createdAt, lastUsedAt, expiresAt }: Key): string {
  const when = (at: string): string => formatShortTime(new Date(at));
  return [
    OPS.created(when(createdAt)),
    lastUsedAt === null ? OPS.neverUsed : OPS.lastUsed(when(lastUsedAt)),
    expiresAt === null ? OPS.neverExpires : OPS.expiresAt(when(expiresAt)),
  ].join(' · ');
}
