// The fields of the dialogs in which something is made.
import { type FormEvent, type ReactNode, useId } from 'react';
import { TEXTS } from '../texts.ts';
import { Dialog } from '../ui/dialog.tsx';

interface FormDialogProps {
  readonly title: string;
  readonly action: string;
  readonly isBusy: boolean;
  /** Why it was refused. */
  readonly problem: string | null;
  readonly onSubmit: () => void;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

export function FormDialog({ title, action, isBusy, problem, onSubmit, onClose, children }: FormDialogProps) {
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    onSubmit();
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form className="form" onSubmit={submit}>
        {children}
        <p role="alert" className="problem">
          {problem}
        </p>
        <div className="dialog-foot">
          <button type="button" className="button" onClick={onClose}>
            {TEXTS.cancel}
          </button>
          <button type="submit" className="button primary" disabled={isBusy}>
            {action}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

interface TextFieldProps {
  readonly label: string;
  readonly hint: string;
  readonly type: 'text' | 'url';
  readonly maxLength?: number;
  readonly value: string;
  readonly isInvalid: boolean;
  readonly onChange: (value: string) => void;
}

export function TextField({ label, hint, isInvalid, onChange, ...input }: TextFieldProps) {
  const [field, description] = [useId(), useId()];
  return (
    <div className="field">
      <label htmlFor={field}>{label}</label>
      <input
        {...input}
        id={field}
        required
        autoFocus
        autoComplete="off"
        aria-invalid={isInvalid}
        aria-describedby={description}
        onChange={({ target }) => onChange(target.value)}
      />
      <p id={description} className="faint">
        {hint}
      </p>
    </div>
  );
}

interface ChoicesProps<Value extends string> {
  readonly label: string;
  readonly hint?: string;
  readonly options: readonly (readonly [value: Value, name: string, hint?: string])[];
  readonly chosen: ReadonlySet<Value>;
  readonly onChange: (chosen: ReadonlySet<Value>) => void;
}

/** Any number of several. */
export function Choices<Value extends string>({ label, hint, options, chosen, onChange }: ChoicesProps<Value>) {
  const toggle = (value: Value): void => {
    const next = new Set(chosen);
    if (!next.delete(value)) next.add(value);
    onChange(next);
  };
  return (
    <fieldset className="field">
      <legend>{label}</legend>
      {options.map(([value, name, about]) => (
        <label key={value} className="choice">
          <input type="checkbox" checked={chosen.has(value)} onChange={() => toggle(value)} />
          <span>
            {name}
            {about !== undefined && <span className="faint"> {about}</span>}
          </span>
        </label>
      ))}
      {hint !== undefined && <p className="faint">{hint}</p>}
    </fieldset>
  );
}

interface SelectFieldProps {
  readonly label: string;
  readonly options: readonly (readonly [value: string, name: string])[];
  readonly value: string;
  readonly onChange: (value: string) => void;
}

export function SelectField({ label, options, value, onChange }: SelectFieldProps) {
  const field = useId();
  return (
    <div className="field">
      <label htmlFor={field}>{label}</label>
      <select id={field} className="select" value={value} onChange={({ target }) => onChange(target.value)}>
        {options.map(([each, name]) => (
          <option key={each} value={each}>
            {name}
          </option>
        ))}
      </select>
    </div>
  );
}
