// SHA-256 (FIPS 180-4) of bytes that come in pieces: WebCrypto takes only what is in memory as a whole.

export interface Sha256 {
  update(bytes: Uint8Array): void;
  /** Lower-case hex. To be called once, at the end. */
  digest(): string;
}

/** Refers to nothing outside of itself: its text is the code of a worker as well. */
export function createSha256(): Sha256 {
  const fraction = (x: number): number => ((x - Math.floor(x)) * 2 ** 32) | 0;
  const k = new Int32Array(64);
  const h = new Int32Array(8);
  // The constants are the fractions of roots of the first primes.
  for (let prime = 2, count = 0; count < 64; prime += 1) {
    let isPrime = true;
    for (let d = 2; d * d <= prime; d += 1) if (prime % d === 0) isPrime = false;
    if (!isPrime) continue;
    if (count < 8) h[count] = fraction(prime ** (1 / 2));
    k[count] = fraction(prime ** (1 / 3));
    count += 1;
  }
  const w = new Int32Array(64);
  const rest = new Uint8Array(64);
  let restLength = 0;
  let total = 0;

  function block(bytes: Uint8Array, at: number): void {
    for (let i = 0; i < 16; i += 1) {
      const j = at + i * 4;
      w[i] = (bytes[j]! << 24) | (bytes[j + 1]! << 16) | (bytes[j + 2]! << 8) | bytes[j + 3]!;
    }
    for (let i = 16; i < 64; i += 1) {
      const x = w[i - 15]!;
      const y = w[i - 2]!;
      const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
      const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
      w[i] = (w[i - 16]! + s0 + w[i - 7]! + s1) | 0;
    }
    let [a, b, c, d, e, f, g, z] = [h[0]!, h[1]!, h[2]!, h[3]!, h[4]!, h[5]!, h[6]!, h[7]!];
    for (let i = 0; i < 64; i += 1) {
      const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const t1 = (z + s1 + ((e & f) ^ (~e & g)) + k[i]! + w[i]!) | 0;
      const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      z = g;
      g = f;
      f = e;
      e = (d + t1) | 0;
      d = c;
      c = b;
      b = a;
      a = (t1 + t2) | 0;
    }
    h[0]! += a;
    h[1]! += b;
    h[2]! += c;
    h[3]! += d;
    h[4]! += e;
    h[5]! += f;
    h[6]! += g;
    h[7]! += z;
  }

  function update(bytes: Uint8Array): void {
    total += bytes.length;
    let at = 0;
    if (restLength > 0) {
      at = Math.min(64 - restLength, bytes.length);
      rest.set(bytes.subarray(0, at), restLength);
      restLength += at;
      if (restLength < 64) return;
      block(rest, 0);
    }
    for (; at + 64 <= bytes.length; at += 64) block(bytes, at);
    rest.set(bytes.subarray(at));
    restLength = bytes.length - at;
  }

  function digest(): string {
    const length = total;
    const padding = new Uint8Array((restLength < 56 ? 56 : 120) - restLength + 8);
    padding[0] = 0x80;
    const view = new DataView(padding.buffer);
    view.setUint32(padding.length - 8, Math.floor(length / 2 ** 29));
    view.setUint32(padding.length - 4, (length * 8) >>> 0);
    update(padding);
    return Array.from(h, (word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
  }
  return { update, digest };
}
