// waybill upload to a server whose byte store has broken: the command ends, and does not send the file over and over.
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CliUploadFixture } from '../support/cli-upload.ts';

const SIZE = 20_000;

it('a store that no longer opens files', async () => {
  const fixture = await CliUploadFixture.create();
  try {
    const store = join(fixture.dir.path, 'data', 'uploads');
    await rm(store, { recursive: true });
    await writeFile(store, 'in the place of the directory');
    await fixture.newFile('a.bin', SIZE);
    let sent = 0;
    fixture.proxy.inspect((chunk, direction) => {
      if (direction === 'toServer') sent += chunk.length;
    });
    const { code, lines } = await fixture.upload('files');
    expect(code).toBe(1);
    const failed = lines.find(({ event }) => event === 'failed');
    expect(failed?.code).toMatch(/^UPLOAD_(STUCK|REFUSED)$/);
    expect(failed?.message).toMatch(/ (204|5\d\d)\b/);
    expect(sent, 'six requests with all of it, and their headers').toBeLessThan(10 * SIZE);
  } finally {
    await fixture.stop();
  }
});
