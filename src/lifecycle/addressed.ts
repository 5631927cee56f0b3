// What every command says: who sends it, and which file it is for.

/** Who sends a command. Every query of it is confined to the tenant. */
export interface Origin {
  readonly tenant: string;
  /** The principal's subject, or `system:<component>`. */
  readonly actor: string;
}

export interface Addressed extends Origin {
  /** UUIDv7 of this attempt; names the attempt in the log line and in the change log. */
  readonly attemptId: string;
  /** UUIDv7 of the file; of a registration, the one that the new file gets. */
  readonly fileId: string;
}
