// How much may wait. When the database is slow or hung, commands are refused at the door instead of piling up until the
// process has no memory left or nobody waits for their answers any more.
import type { Command, Refused } from '../commands.ts';

/** Of commands that were accepted and have no answer yet. */
export interface Load {
  readonly commands: number;
  readonly bytes: number;
}

export interface AdmissionLimits {
  /** Of all tenants together. */
  readonly inAll: Load;
  readonly ofTenant: Load;
  /** How long a command may wait for its batch, in milliseconds; then it is refused instead of run. */
  readonly maxWaitMs: number;
}

const MIB = 2 ** 20;

/** Ten of the largest bulk requests of a tenant at once. A healthy database takes that in two or three seconds. */
export const ADMISSION_LIMITS: AdmissionLimits = {
  inAll: { commands: 20_000, bytes: 64 * MIB },
  ofTenant: { commands: 10_000, bytes: 32 * MIB },
  maxWaitMs: 30_000,
};

export const UNAVAILABLE: Refused = {
  outcome: 'refused',
  code: 'UNAVAILABLE',
  message: 'The service has too much to do and cannot take this now. Nothing was done; try again later.',
  field: null,
};

// What a command without texts of its own costs, its promise and its place in the queues included.
const COMMAND_BYTES = 1_000;

/** About how many bytes a waiting command keeps in memory. */
export function bytesOf(command: Command): number {
  if (command.kind === 'transition' || command.kind === 'extend') {
    const { properties } = command;
    const message = command.kind === 'transition' ? command.failure.message : (command.message ?? '');
    return COMMAND_BYTES + message.length + (properties === null ? 0 : JSON.stringify(properties).length);
  }
  if (command.kind !== 'register') return COMMAND_BYTES;
  return COMMAND_BYTES + command.name.length + JSON.stringify(command.metadata).length;
}

/** Principals have no subject that begins with it. */
const SERVER_ACTOR = 'system:';

const NONE: Load = { commands: 0, bytes: 0 };
const sum = (load: Load, bytes: number, commands: number): Load => ({
  commands: load.commands + commands,
  bytes: load.bytes + bytes,
});
const exceeds = (load: Load, limit: Load): boolean => load.commands > limit.commands || load.bytes > limit.bytes;

export class Admission {
  readonly #limits: AdmissionLimits;
  #inAll = NONE;
  readonly #ofTenants = new Map<string, Load>();

  constructor(limits: AdmissionLimits) {
    this.#limits = limits;
  }

  /** What has entered and not left. */
  get load(): Load {
    return this.#inAll;
  }

  /**
   * Lets a command in if there is room for it. The server's own commands always have room, and they are few: when clients
   * send too much, deadlines must pass, and its workers must not lose the files that they have.
   */
  enter({ actor, tenant }: Command, bytes: number): boolean {
    const inAll = sum(this.#inAll, bytes, 1);
    const ofTenant = sum(this.#ofTenants.get(tenant) ?? NONE, bytes, 1);
    const isFull = exceeds(inAll, this.#limits.inAll) || exceeds(ofTenant, this.#limits.ofTenant);
    if (isFull && !actor.startsWith(SERVER_ACTOR)) return false;
    this.#inAll = inAll;
    this.#ofTenants.set(tenant, ofTenant);
    return true;
  }

  /** Call once for each command that has entered, when it has its answer. */
  leave({ tenant }: Command, bytes: number): void {
    this.#inAll = sum(this.#inAll, -bytes, -1);
    const ofTenant = sum(this.#ofTenants.get(tenant) ?? NONE, -bytes, -1);
    if (ofTenant.commands > 0) this.#ofTenants.set(tenant, ofTenant);
    else this.#ofTenants.delete(tenant);
  }
}
