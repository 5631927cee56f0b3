// Where there is a Chromium to drive.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** At CHROMIUM_PATH, on PATH, or where Debian has it. */
export function findChromium(): string | undefined {
  const onPath = (process.env.PATH ?? '')
    .split(delimiter)
    .flatMap((folder) => ['chromium', 'google-chrome'].map((name) => join(folder, name)));
  return [process.env.CHROMIUM_PATH, ...onPath, '/usr/bin/chromium'].find(isExecutable);
}

function isExecutable(path: string | undefined): path is string {
  if (!path) return false;
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
