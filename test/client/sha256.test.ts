// The digest of the client, which comes in pieces, against that of Node.
import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { createSha256 } from '../../packages/client/src/upload/sha256.ts';
import { randomBytes } from '../support/bytes.ts';
import { createRandom } from '../support/random.ts';

it('is that of Node for every length, in whatever pieces the bytes come', () => {
  const random = createRandom(3);
  for (let length = 0; length < 400; length += 1) {
    const bytes = randomBytes(random, length);
    const sha256 = createSha256();
    for (let at = 0; at < length;) {
      const end = Math.min(length, at + 1 + random.below(100));
      sha256.update(bytes.subarray(at, end));
      at = end;
    }
    expect(sha256.digest()).toBe(createHash('sha256').update(bytes).digest('hex'));
  }
});
