// What may be the subject or the tenant of a principal. Both are stored with every change, and shown to people.
const MAX_LENGTH = 255;

// Control characters, NUL among them, which PostgreSQL refuses; and halves of surrogate pairs.
const UNFIT = /[\p{Cc}\p{Cs}]/u;

// The history of files names the parts of this program and the API keys like this.
const RESERVED = /^(?:system:|apikey_)/i;

/** @returns what is wrong with it, to go after its name; null if nothing is */
export function nameFault(value: unknown): string | null {
  if (typeof value !== 'string')
    return `is a value of type ${Array.isArray(value) ? 'array' : typeof value}, not a text`;
  if (value === '') return 'is empty';
  if (value.length > MAX_LENGTH) return `has ${value.length} characters; at most ${MAX_LENGTH} are allowed`;
  return UNFIT.test(value) ? 'contains a control character' : null;
}

/** The same for a subject, which must not pass for somebody of ours. */
export function subjectFault(value: unknown): string | null {
  const fault = nameFault(value);
  if (fault !== null) return fault;
  return RESERVED.test(value as string) ? 'begins like a name of this service' : null;
}
