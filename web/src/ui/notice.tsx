// What is shown where there is nothing else: while it is loaded, when it is empty, when it failed; and what to do then.
import { Icon, type IconName } from './icon.tsx';

interface NoticeProps {
  readonly title: string;
  readonly hint?: string;
  readonly icon?: IconName;
  readonly isBusy?: boolean;
  readonly action?: string;
  readonly onAction?: () => void;
}

export function Notice({ title, hint, icon, isBusy = false, action, onAction }: NoticeProps) {
  return (
    <div className="notice" role="status" aria-busy={isBusy}>
      {isBusy && <span className="spinner" aria-hidden="true" />}
      {icon !== undefined && (
        <span className="notice-icon">
          <Icon name={icon} />
        </span>
      )}
      <p className="notice-title">{title}</p>
      {hint !== undefined && hint !== '' && <p className="notice-hint">{hint}</p>}
      {action !== undefined && (
        <button type="button" className="button primary" onClick={onAction}>
          {action}
        </button>
      )}
    </div>
  );
}
