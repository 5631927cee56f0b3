// A modal dialog: the browser's own, which keeps the focus inside, gives it back, closes with Escape, and needs no style element.
import { type ReactNode, useEffect, useId, useRef } from 'react';
import { TEXTS } from '../texts.ts';
import { Icon } from './icon.tsx';

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

export function Dialog({ title, onClose, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} className="dialog" aria-labelledby={heading} onClose={onClose}>
      <header className="dialog-head">
        <h2 id={heading}>{title}</h2>
        <button type="button" className="button quiet" aria-label={TEXTS.close} onClick={() => dialog.current?.close()}>
          <Icon name="close" />
        </button>
      </header>
      {children}
    </dialog>
  );
}

interface ConfirmProps extends Omit<DialogProps, 'children'> {
  readonly hint: string;
  readonly action: string;
  readonly onConfirm: () => void;
}

/** Asks before something that cannot be undone. */
export function Confirm({ title, hint, action, onConfirm, onClose }: ConfirmProps) {
  return (
    <Dialog title={title} onClose={onClose}>
      <p>{hint}</p>
      <div className="dialog-foot">
        <button type="button" className="button" onClick={onClose}>
          {TEXTS.cancel}
        </button>
        <button
          type="button"
          className="button dangerous"
          onClick={() => {
            onConfirm();
            onClose();
          }}
        >
          {action}
        </button>
      </div>
    </Dialog>
  );
}
