// Metrics of the connection pools: a request that waits for a connection is the first sign of a slow database.
import { Gauge, type Registry } from 'prom-client';
import { readPools } from '../../db/open-pools.ts';

export function observePools(registry: Registry): void {
  const registers = [registry];
  void new Gauge({
    name: 'waybill_pool_connections',
    help: 'Connections to PostgreSQL that this process holds open, by pool and state (busy, idle).',
    labelNames: ['pool', 'state'],
    registers,
    collect() {
      this.reset();
      for (const { name, total, idle } of readPools()) {
        this.inc({ pool: name, state: 'busy' }, total - idle);
        this.inc({ pool: name, state: 'idle' }, idle);
      }
    },
  });
  void new Gauge({
    name: 'waybill_pool_waiting',
    help: 'Requests that wait for a connection of the pool.',
    labelNames: ['pool'],
    registers,
    collect() {
      this.reset();
      for (const { name, waiting } of readPools()) this.inc({ pool: name }, waiting);
    },
  });
}
