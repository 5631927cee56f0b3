// The dialog in which a webhook is made.
import { type FileState, type Waybill, expectSuccess } from '@waybill/client';
import { useState } from 'react';
import { STATES } from '../app/states.ts';
import { CREATE_WEBHOOK } from '../generated/documents.ts';
import type { WebhookFormat } from '../generated/operations.ts';
import { STATE_NAMES } from '../texts.ts';
import { KIND_NAMES, OPS } from '../texts-operations.ts';
import { Choices, FormDialog, SelectField, TextField } from './form.tsx';
import { useDoing } from './loaded.ts';

type Kind = keyof typeof KIND_NAMES;
const KINDS = Object.keys(KIND_NAMES) as Kind[];
const FORMATS = Object.entries(OPS.formats);

interface WebhookFormProps {
  readonly waybill: Waybill;
  readonly onCreated: (secret: string) => void;
  readonly onClose: () => void;
}

export function WebhookForm({ waybill, onCreated, onClose }: WebhookFormProps) {
  const [url, setUrl] = useState('');
  const [kinds, setKinds] = useState<ReadonlySet<Kind>>(new Set(KINDS));
  const [states, setStates] = useState<ReadonlySet<FileState>>(new Set());
  const [format, setFormat] = useState('STANDARD');
  const { isBusy, problem, run } = useDoing();
  const create = async (): Promise<void> => {
    const input = {
      url: url.trim(),
      kinds: [...kinds],
      states: states.size === 0 ? null : [...states],
      format: format as WebhookFormat,
    };
    const { createWebhook } = await waybill.mutate(CREATE_WEBHOOK, { input });
    onCreated(expectSuccess(createWebhook).secret);
  };
  return (
    <FormDialog
      title={OPS.addWebhook}
      action={OPS.add}
      isBusy={isBusy}
      problem={problem}
      onSubmit={() => run(create)}
      onClose={onClose}
    >
      <TextField
        label={OPS.url}
        hint={OPS.urlHint}
        type="url"
        value={url}
        isInvalid={problem !== null}
        onChange={setUrl}
      />
      <Choices
        label={OPS.kinds}
        options={KINDS.map((kind) => [kind, KIND_NAMES[kind]])}
        chosen={kinds}
        onChange={setKinds}
      />
      <Choices
        label={OPS.states}
        hint={OPS.anyState}
        options={STATES.map((state) => [state, STATE_NAMES[state]])}
        chosen={states}
        onChange={setStates}
      />
      <SelectField label={OPS.format} options={FORMATS} value={format} onChange={setFormat} />
    </FormDialog>
  );
}
