// `Expect: 100-continue` (RFC 9110, 10.1.1). An upload says itself when it wants its bytes, after it has checked all
// else (src/uploads/tus/receive-bytes.ts), so that a refused client does not send them. Everything else wants them at once.
import type { Server } from 'node:http';
import { pathOf } from './respond.ts';
import { isUpload } from './routes.ts';

export function leaveContinueToUploads(server: Server): void {
  server.on('checkContinue', (request, response) => {
    if (!isUpload(pathOf(request))) response.writeContinue();
    server.emit('request', request, response);
  });
}
