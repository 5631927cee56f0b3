import { it } from 'vitest';
import { spawn } from 'node:child_process';
import { startReplicas } from '../support/replicas.ts';
import { newFile } from '../support/client.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { setTimeout as sleep } from 'node:timers/promises';
it('x', async () => {
  const r = await startReplicas();
  const proxy = await startTcpProxy(Number(new URL(r.urls[0]).port));
  proxy.inspect((c, d, n) => {
    process.stdout.write(`${n} ${d} ${c.toString().slice(0, 2000)}\n`);
    return true;
  });
  const child = spawn(
    process.execPath,
    [
      '--experimental-eventsource',
      '--no-warnings',
      '-e',
      `
    const e = new EventSource(process.argv[1]+'/graphql?query='+encodeURIComponent('subscription { fileChanges { cursor } }'));
    e.onerror = (x) => console.log('error', e.readyState, x.message);
    e.onopen = () => console.log('open');
    e.addEventListener('next', (m) => console.log('next', m.lastEventId));
  `,
      `http://127.0.0.1:${proxy.port}`,
    ],
    { stdio: 'inherit' },
  );
  await sleep(1500);
  await newFile(r.urls[0]);
  await sleep(500);
  process.stdout.write('cut\n');
  proxy.cut();
  await sleep(5000);
  await newFile(r.urls[0]);
  await sleep(500);
  child.kill();
  await proxy.close();
  await r.stop();
});
