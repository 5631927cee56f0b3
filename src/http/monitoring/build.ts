// Which version runs, as Prometheus has it: a gauge of 1 with the versions as labels.
import { readFileSync } from 'node:fs';
import { Gauge, type Registry } from 'prom-client';

const PACKAGE = new URL('../../../package.json', import.meta.url);

export function showBuild(registry: Registry): void {
  const { version } = JSON.parse(readFileSync(PACKAGE, 'utf8')) as { version: string };
  new Gauge({
    name: 'waybill_build_info',
    help: '1, with the version of Waybill and of Node as labels.',
    labelNames: ['version', 'node'],
    registers: [registry],
  }).set({ version, node: process.version }, 1);
}
