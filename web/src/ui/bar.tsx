// Two bars in one: what has been sent, and what the server has stored.
import { TEXTS } from '../texts.ts';
import { formatPercent } from '../app/format.ts';

interface BarProps {
  readonly label: string;
  /** 0 to 1. */
  readonly stored: number;
  /** 0 to 1; left out where only the server knows. */
  readonly sent?: number;
}

const share = (value: number): number => Math.min(1, Math.max(0, Number.isFinite(value) ? value : 0));

export function Bar({ label, stored, sent = stored }: BarProps) {
  const [front, back] = [share(stored), share(sent)];
  const text = sent === stored ? formatPercent(front) : TEXTS.sentAndStored(formatPercent(back), formatPercent(front));
  return (
    <span
      className="bar"
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(front * 100)}
      aria-valuetext={text}
    >
      <span className="bar-sent" style={{ inlineSize: `${back * 100}%` }} />
      <span className="bar-stored" style={{ inlineSize: `${front * 100}%` }} />
    </span>
  );
}
