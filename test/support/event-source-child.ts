// A process with an EventSource, which Node offers behind a flag only: runs the example and prints what it shows.
import { watchFiles } from '../../docs/examples/resume-with-event-source.ts';

const [, , url = ''] = process.argv;
watchFiles(url, (files, change) => {
  process.stdout.write(`${JSON.stringify({ files: [...files.values()], change })}\n`);
});
// Keeps the process alive: Node does not wait for an EventSource that reconnects.
setInterval(() => undefined, 60_000);
