// Metrics that are read from the database at each scrape. They are the same on every replica.
import { Gauge, type Registry } from 'prom-client';
import { KEPT_COUNTS } from '../../entities/file-count-delta.ts';
import { DEADLINES } from '../../fsm/deadlines.ts';
import { FILE_STATES } from '../../fsm/machine.ts';
import type { Read } from './read-in-turn.ts';

const COUNTS = `select state, sum(files)::bigint as files from ${KEPT_COUNTS} as kept group by state`;
// file_due is an index of the files that have a deadline: those at rest, mostly the largest part, are not read.
const UNFINISHED = `
  select state, sum(bytes_received)::bigint as bytes
  from file where due_at is not null and transfer = 'MANAGED' group by state`;
// An index holds nothing but these.
const DISCARDED = 'select count(*)::bigint as segments from segment where file_id is null';

export function observeDatabase(registry: Registry, read: Read): void {
  const registers = [registry];
  void new Gauge({
    name: 'waybill_files',
    help: 'Files of all tenants, by state. Left out while the database cannot be read.',
    labelNames: ['state'],
    registers,
    async collect() {
      this.reset();
      const rows = await read<{ state: string; files: number }>(COUNTS);
      if (rows === null) return;
      for (const state of FILE_STATES) this.set({ state }, rows.find((row) => row.state === state)?.files ?? 0);
    },
  });
  void new Gauge({
    name: 'waybill_unfinished_bytes',
    help: 'Bytes that the store holds of MANAGED files whose state has a deadline, by state. Left out while the database cannot be read.',
    labelNames: ['state'],
    registers,
    async collect() {
      this.reset();
      const rows = await read<{ state: string; bytes: number }>(UNFINISHED);
      if (rows === null) return;
      const states = FILE_STATES.filter((state) => DEADLINES[state] !== null);
      for (const state of states) this.set({ state }, rows.find((row) => row.state === state)?.bytes ?? 0);
    },
  });
  void new Gauge({
    name: 'waybill_segments_discarded',
    help: 'Segments whose bytes are still to be removed from the byte store. NaN while the database cannot be read.',
    registers,
    async collect() {
      const rows = await read<{ segments: number }>(DISCARDED);
      this.set(rows?.[0]?.segments ?? Number.NaN);
    },
  });
}
