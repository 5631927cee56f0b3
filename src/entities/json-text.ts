// JSON as the database prints it, to be printed again as a part of an answer. Parsed, 16 KiB of lists in a list take 210 kB
// of memory, as text 20: a page of 1,000 such files took 220 MiB, and parsing it held up the process for 350 ms.

/** More than the database makes of 16 KiB with spaces in it. It prints numbers in full: 1e308 has 309 digits. */
const COMPACT_FROM = 2 ** 16;

export class JsonText {
  /** JSON. */
  readonly text: string;

  constructor(text: string) {
    this.text = text.length > COMPACT_FROM ? JSON.stringify(JSON.parse(text)) : text;
  }

  /** For JSON.stringify, which prints what this returns. */
  toJSON(): unknown {
    return JSON.parse(this.text);
  }
}

/** The metadata or the properties of a file: as they came with a request, or as the database has them. */
export type JsonObject = Readonly<Record<string, unknown>> | JsonText;

export const textOf = (json: JsonObject): string => (json instanceof JsonText ? json.text : JSON.stringify(json));

export const membersOf = (json: JsonObject): Readonly<Record<string, unknown>> =>
  json instanceof JsonText ? (json.toJSON() as Record<string, unknown>) : json;
