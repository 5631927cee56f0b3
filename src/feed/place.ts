// A place in the feed: a position, and what tells the change that stands there from any other that ever stood there.

export interface Place {
  /** From 1, without gaps; 0 is the place before the first change. */
  readonly position: number;
  /**
   * 32 random bits, signed, stored with the position. After the log was taken back (a failover that lost its tail, a restore)
   * positions are given again, with other fingerprints (docs/adr/0026).
   */
  readonly fingerprint: number;
}

export const isSamePlace = (a: Place, b: Place): boolean =>
  a.position === b.position && a.fingerprint === b.fingerprint;

/** Of something that stands there, without the rest of it. */
export const placeOf = ({ position, fingerprint }: Place): Place => ({ position, fingerprint });
