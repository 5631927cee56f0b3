// What processing one file may take. Options and not environment variables: src/config.ts sets what a deployment may choose.

const KIB = 1024;
const MIB = 1024 * KIB;

export interface ProcessingLimits {
  /** Of one processor on one file. */
  readonly processorMs: number;
  /** How long a processor that was told to stop may take to do so before it is killed. */
  readonly graceMs: number;
  /** From starting a child until its processors are loaded. */
  readonly startMs: number;
  /** Of JavaScript objects in a child. */
  readonly heapBytes: number;
  /** Resident memory of a child and of all that it started. */
  readonly memoryBytes: number;
  /** How often the memory of a busy child is read. A run that is shorter is not looked at. */
  readonly memoryCheckMs: number;
  /** What a child may print during one run of a processor, on both of its streams. */
  readonly printedBytes: number;
  /** Findings of one processor, and of all together, as UTF-8 JSON. */
  readonly propertiesBytes: number;
  readonly allPropertiesBytes: number;
  /** Text of one file as UTF-8. What is longer is cut. */
  readonly textBytes: number;
  /**
   * After so many files a child is replaced: what parsers leak, and what one file may have done to it, ends there. Starting
   * one takes some 110 ms of processor time before it has loaded a processor, which with 50 was most of the cost of a small file.
   */
  readonly filesPerChild: number;
  /** A child without work ends after this time. */
  readonly idleMs: number;
}

export const DEFAULT_LIMITS: ProcessingLimits = {
  processorMs: 120_000,
  graceMs: 1_000,
  startMs: 60_000,
  heapBytes: 256 * MIB,
  memoryBytes: 768 * MIB,
  memoryCheckMs: 250,
  printedBytes: MIB,
  propertiesBytes: 16 * KIB,
  allPropertiesBytes: 32 * KIB,
  textBytes: MIB,
  filesPerChild: 500,
  idleMs: 60_000,
};
