// Writes zip archives for tests, the wrong ones included: names that climb out, sizes that lie, entries marked encrypted.
import { crc32, deflateRawSync } from 'node:zlib';

export interface ZipEntry {
  readonly name: string;
  readonly bytes: Uint8Array | string;
  /** Without it, deflated. */
  readonly stored?: boolean;
  /** Written as the uncompressed size, instead of the true one. */
  readonly declaredSize?: number;
  /** Sets the flag; the bytes stay as they are. */
  readonly encrypted?: boolean;
}

const LOCAL_HEADER = 0x04034b50;
const CENTRAL_HEADER = 0x02014b50;
const END = 0x06054b50;
const UTF8_NAME = 0x0800;

export function zip(entries: readonly ZipEntry[]): Buffer {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const content = Buffer.from(entry.bytes as string);
    const data = entry.stored ? content : deflateRawSync(content);
    const name = Buffer.from(entry.name);
    const fields = fieldsOf(entry, content, data, name);
    const local = Buffer.concat([uint32(LOCAL_HEADER), fields, name, data]);
    centrals.push(
      // Version made by; then, after the shared fields: comment length, disk, attributes, offset.
      Buffer.concat([uint32(CENTRAL_HEADER), uint16(20), fields, Buffer.alloc(10), uint32(offset), name]),
    );
    locals.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(centrals);
  const counts = Buffer.concat([uint16(entries.length), uint16(entries.length)]);
  const end = Buffer.concat([uint32(END), Buffer.alloc(4), counts, uint32(central.length), uint32(offset), uint16(0)]);
  return Buffer.concat([...locals, central, end]);
}

/** Version, flags, method, time, date, checksum, sizes, lengths of name and extra field: the same in both headers. */
function fieldsOf(entry: ZipEntry, content: Buffer, data: Buffer, name: Buffer): Buffer {
  return Buffer.concat([
    uint16(20),
    uint16(UTF8_NAME | (entry.encrypted ? 1 : 0)),
    uint16(entry.stored ? 0 : 8),
    Buffer.alloc(4),
    uint32(crc32(content)),
    uint32(data.length),
    uint32(entry.declaredSize ?? content.length),
    uint16(name.length),
    uint16(0),
  ]);
}

function uint16(value: number): Buffer {
  const buffer = Buffer.alloc(2);
  buffer.writeUInt16LE(value);
  return buffer;
}

function uint32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32LE(value);
  return buffer;
}
