// Metrics of uploads: requests under way, requests answered, bytes.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Counter, Gauge, type Registry } from 'prom-client';

const METHODS = ['POST', 'HEAD', 'PATCH', 'DELETE', 'OPTIONS'];

export class UploadMetrics {
  readonly #requests: Counter<'method' | 'status'>;
  readonly #active: Gauge;
  readonly #bytes: Counter;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#requests = new Counter({
      name: 'waybill_upload_requests_total',
      help: 'Requests to /uploads, by method and HTTP status; status "none": the connection broke off before an answer.',
      labelNames: ['method', 'status'],
      registers,
    });
    this.#active = new Gauge({
      name: 'waybill_upload_requests_active',
      help: 'Requests to /uploads that are under way on this replica.',
      registers,
    });
    this.#bytes = new Counter({
      name: 'waybill_upload_received_bytes_total',
      help: 'Bytes of files that this replica has received.',
      registers,
    });
  }

  /** Call when the request has arrived. */
  watch({ method = '' }: IncomingMessage, response: ServerResponse): void {
    this.#active.inc();
    response.once('close', () => {
      this.#active.dec();
      const status = response.headersSent ? String(response.statusCode) : 'none';
      // A client can send any word: one series for all that mean nothing here.
      this.#requests.inc({ method: METHODS.includes(method) ? method : 'other', status });
    });
  }

  countBytes(bytes: number): void {
    this.#bytes.inc(bytes);
  }
}
