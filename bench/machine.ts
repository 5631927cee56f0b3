// Where the figures are from. No names and no paths: they would say nothing about speed.
import { cpus, release, totalmem, type } from 'node:os';
import type { Testbed } from './host/testbed.ts';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly node: string;
  readonly postgresql: string;
  /** What was told to the server, or matters for judging it. */
  readonly settings: Readonly<Record<string, string>>;
}

export function describeMachine({ settings }: Testbed): Machine {
  const { server_version: postgresql = 'unknown', ...others } = settings;
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release().split('-')[0]}`,
    node: process.versions.node,
    postgresql,
    settings: others,
  };
}
