// The dialog in which an API key is made.
import { type Waybill, expectSuccess } from '@waybill/client';
import { useState } from 'react';
import { CREATE_API_KEY } from '../generated/documents.ts';
import type { Role } from '../generated/operations.ts';
import { OPS, ROLE_HINTS, ROLE_NAMES } from '../texts-operations.ts';
import { Choices, FormDialog, SelectField, TextField } from './form.tsx';
import { useDoing } from './loaded.ts';

const ROLES = Object.keys(ROLE_NAMES) as Role[];
/** Shortest first; of a record with such keys the numbers come first. */
const EXPIRIES = Object.entries(OPS.expiries).toReversed();
const DAY_MS = 864e5;
const MAX_NAME = 200;

interface KeyFormProps {
  readonly waybill: Waybill;
  readonly onCreated: (secret: string) => void;
  readonly onClose: () => void;
}

export function KeyForm({ waybill, onCreated, onClose }: KeyFormProps) {
  const [name, setName] = useState('');
  const [roles, setRoles] = useState<ReadonlySet<Role>>(new Set(['VIEWER']));
  const [expiry, setExpiry] = useState('never');
  const { isBusy, problem, run } = useDoing();
  const create = async (): Promise<void> => {
    const expiresAt = expiry === 'never' ? null : new Date(Date.now() + Number(expiry) * DAY_MS).toISOString();
    const input = { name: name.trim(), roles: [...roles], expiresAt };
    const { createApiKey } = await waybill.mutate(CREATE_API_KEY, { input });
    onCreated(expectSuccess(createApiKey).secret);
  };
  return (
    <FormDialog
      title={OPS.addKey}
      action={OPS.create}
      isBusy={isBusy}
      problem={problem}
      onSubmit={() => run(create)}
      onClose={onClose}
    >
      <TextField
        label={OPS.name}
        hint={OPS.nameHint}
        type="text"
        maxLength={MAX_NAME}
        value={name}
        isInvalid={problem !== null}
        onChange={setName}
      />
      <Choices
        label={OPS.roles}
        options={ROLES.map((role) => [role, ROLE_NAMES[role], ROLE_HINTS[role]])}
        chosen={roles}
        onChange={setRoles}
      />
      <SelectField label={OPS.expires} options={EXPIRIES} value={expiry} onChange={setExpiry} />
    </FormDialog>
  );
}
