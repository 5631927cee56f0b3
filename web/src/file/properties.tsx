// What processors have found, one after the other, and what was given at registration.
import type { WaybillFile } from '@waybill/client';
import { TEXTS } from '../texts.ts';

interface PropertiesProps {
  readonly file: WaybillFile;
  readonly properties: Readonly<Record<string, unknown>>;
}

export function Properties({ file, properties }: PropertiesProps) {
  const groups = Object.entries(properties);
  return (
    <section aria-label={TEXTS.properties}>
      <h3>{TEXTS.properties}</h3>
      {groups.length === 0 && <p className="faint">{TEXTS.noProperties}</p>}
      {groups.map(([processor, found]) => (
        <Group key={processor} name={processor} values={asRecord(found)} />
      ))}
      {Object.keys(file.metadata).length > 0 && <Group name={TEXTS.metadata} values={file.metadata} />}
      <Group
        name={TEXTS.id}
        values={{ [TEXTS.id]: file.id, ...(file.sha256 !== null && { [TEXTS.sha256]: file.sha256 }) }}
      />
    </section>
  );
}

const asRecord = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : { value };

function Group({ name, values }: { readonly name: string; readonly values: Readonly<Record<string, unknown>> }) {
  return (
    <details className="group" open>
      <summary>{name}</summary>
      <dl>
        {Object.entries(values).map(([key, value]) => (
          <div key={key}>
            <dt>{key}</dt>
            <dd dir="auto">{print(value)}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

const print = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
