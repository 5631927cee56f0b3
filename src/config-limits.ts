// Settings of how much a tenant and a principal may have and do. README.md lists them; docs/operations.md says what counts.
import { UNITS_BYTES, type Variable, parseInteger, parseQuantity } from './config-values.ts';

export interface LimitsConfig {
  /** Mutations a second a tenant; null: no limit, as in the following. */
  readonly rateLimit: number | null;
  /** Bytes a second a tenant: so many in, and so many out. */
  readonly byteRateLimit: number | null;
  readonly quotaBytes: number | null;
  readonly quotaFiles: number | null;
  /** Files of a tenant that may wait for their bytes. */
  readonly maxOpenUploads: number | null;
  readonly maxApiKeysPerTenant: number;
  readonly maxSocketsPerPrincipal: number;
}

const count = { allowed: 'an integer from 1 to 1000000', parse: parseInteger(1, 1_000_000) };
const large = { allowed: 'an integer from 1 to 2^53-1', parse: parseInteger(1, Number.MAX_SAFE_INTEGER) };
const bytes = {
  allowed: 'a number of bytes up to 2^53-1, or one with KiB, MiB, GiB or TiB',
  parse: parseQuantity(UNITS_BYTES, Number.MAX_SAFE_INTEGER),
};

export const LIMIT_VARIABLES = {
  rateLimit: { name: 'WAYBILL_RATE_LIMIT', ...count },
  byteRateLimit: { name: 'WAYBILL_BYTE_RATE_LIMIT', ...bytes },
  quotaBytes: { name: 'WAYBILL_QUOTA_BYTES', ...bytes },
  quotaFiles: { name: 'WAYBILL_QUOTA_FILES', ...large },
  maxOpenUploads: { name: 'WAYBILL_MAX_OPEN_UPLOADS', ...large },
  maxApiKeysPerTenant: { name: 'WAYBILL_MAX_API_KEYS_PER_TENANT', ...count },
  maxSocketsPerPrincipal: { name: 'WAYBILL_MAX_SOCKETS_PER_PRINCIPAL', ...count },
} as const satisfies Readonly<Record<keyof LimitsConfig, Variable<number>>>;

type Get = <Value>(variable: Variable<Value>) => Value | undefined;

export function readLimitsConfig(get: Get): LimitsConfig {
  return {
    rateLimit: get(LIMIT_VARIABLES.rateLimit) ?? null,
    byteRateLimit: get(LIMIT_VARIABLES.byteRateLimit) ?? null,
    quotaBytes: get(LIMIT_VARIABLES.quotaBytes) ?? null,
    quotaFiles: get(LIMIT_VARIABLES.quotaFiles) ?? null,
    maxOpenUploads: get(LIMIT_VARIABLES.maxOpenUploads) ?? null,
    maxApiKeysPerTenant: get(LIMIT_VARIABLES.maxApiKeysPerTenant) ?? 1_000,
    maxSocketsPerPrincipal: get(LIMIT_VARIABLES.maxSocketsPerPrincipal) ?? 5_000,
  };
}
