// POST /csp-reports: what browsers say that the policy of the page has forbidden. A mistake of ours, a browser extension, or an
// attack: the operator finds it in the log and in the metrics. Anybody can send reports, so everything about them is bounded.
import type { IncomingMessage } from 'node:http';
import type { Logger } from '../../log.ts';
import { LogLimit } from '../log-limit.ts';
import type { PageMetrics } from '../monitoring/page.ts';
import { type Handler, send } from '../respond.ts';

interface ReportsOptions {
  readonly log: Logger;
  /** Monotonic, in milliseconds. */
  readonly now: () => number;
  readonly metrics: Pick<PageMetrics, 'countViolation' | 'countRefused'>;
}

const MAX_BYTES = 16_384;
/** A page that goes wrong sends some dozens at once. */
const BURST = 100;
const PER_SECOND = 10;
const MAX_SHOWN = 200;

/** Answers 204, also to what it cannot read: browsers do nothing with an answer. */
export function handleReports({ log, now, metrics }: ReportsOptions): Handler {
  const lines = new LogLimit();
  const allows = bucket(now);
  return async (request, response) => {
    if (request.method !== 'POST') {
      response.setHeader('allow', 'POST');
      return send(response, 405, 'Only POST is possible here.');
    }
    const violation = allows() ? await readViolation(request) : 'rate';
    if (typeof violation === 'string') {
      metrics.countRefused();
      // What is left of the body will not be read.
      if (!request.complete) response.setHeader('connection', 'close');
      return send(response, REFUSALS[violation], 'This report was not read.');
    }
    metrics.countViolation(violation.directive);
    if (lines.allows(`${violation.directive} ${violation.blocked}`)) log.warn(violation, REPORTED);
    response.writeHead(204).end();
  };
}

export const REPORTED = 'the content security policy of the page has forbidden something';

const REFUSALS = { rate: 429, size: 413, malformed: 400 } as const;

function bucket(now: () => number): () => boolean {
  let [left, at] = [BURST, now()];
  return () => {
    const time = now();
    left = Math.min(BURST, left + ((time - at) / 1_000) * PER_SECOND);
    at = time;
    if (left < 1) return false;
    left -= 1;
    return true;
  };
}

interface Violation {
  readonly directive: string;
  /** What was forbidden: `inline`, `eval`, a scheme, or a URL. */
  readonly blocked: string;
  readonly source: string;
  readonly line: number | null;
}

async function readViolation(request: IncomingMessage): Promise<Violation | keyof typeof REFUSALS> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    // The connection is still needed for the answer.
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > MAX_BYTES) return 'size';
      chunks.push(chunk);
    }
  } catch {
    // The client has gone away.
    return 'malformed';
  }
  return parse(Buffer.concat(chunks).toString()) ?? 'malformed';
}

/** The form of CSP Level 3, section 5.3: "Report a violation", which `report-uri` has kept from Level 1. */
function parse(text: string): Violation | null {
  let report: unknown;
  try {
    report = (JSON.parse(text) as { 'csp-report'?: unknown } | null)?.['csp-report'];
  } catch {
    return null;
  }
  if (typeof report !== 'object' || report === null) return null;
  const fields = report as Readonly<Record<string, unknown>>;
  const directive = textOf(fields['effective-directive'] ?? fields['violated-directive']).split(' ', 1)[0]!;
  const line = fields['line-number'];
  return {
    directive,
    blocked: textOf(fields['blocked-uri']),
    source: textOf(fields['source-file']),
    line: typeof line === 'number' ? line : null,
  };
}

/** Without the query and the fragment of a URL, which may carry the right to a file. */
const textOf = (value: unknown): string =>
  typeof value === 'string' ? value.split(/[?#]/, 1)[0]!.slice(0, MAX_SHOWN) : '';
