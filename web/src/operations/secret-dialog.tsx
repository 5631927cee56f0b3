// Shows a secret, once. It is in the memory of the page for as long as the dialog is open, and nowhere else.
import { useRef, useState } from 'react';
import { OPS } from '../texts-operations.ts';
import { Dialog } from '../ui/dialog.tsx';

interface SecretProps {
  readonly secret: string;
  readonly hint: string;
  readonly onClose: () => void;
}

export function SecretDialog({ secret, hint, onClose }: SecretProps) {
  const [isCopied, setCopied] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const copy = (): void => {
    field.current?.select();
    // Not there on a page that came over http from another machine: what is selected can be copied by hand.
    navigator.clipboard?.writeText(secret).then(
      () => setCopied(true),
      () => undefined,
    );
  };
  return (
    <Dialog title={OPS.secret} onClose={onClose}>
      <p>{hint}</p>
      <div className="secret">
        <input
          ref={field}
          readOnly
          autoFocus
          aria-label={OPS.secret}
          value={secret}
          onFocus={({ target }) => target.select()}
        />
        <button type="button" className="button" onClick={copy}>
          {OPS.copy}
        </button>
      </div>
      <p role="status" className="secret-copied">
        {isCopied ? OPS.copied : ''}
      </p>
      <div className="dialog-foot">
        <button type="button" className="button primary" onClick={onClose}>
          {OPS.done}
        </button>
      </div>
    </Dialog>
  );
}
