// A process with an EventSource, which Node has behind a flag only: runs the example and prints what it shows.
import { watchFiles } from '../../docs/examples/resume-with-event-source.ts';

const [, , url = ''] = process.argv;
watchFiles(url, (files, change) => {
  process.stdout.write(`${JSON.stringify({ files: [...files.values()], change })}\n`);
});
// Waiting to come back is nothing that Node would stay for.
setInterval(() => undefined, 60_000);
