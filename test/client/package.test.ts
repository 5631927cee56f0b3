// What npm would publish: its size, its contents, and its types in a project that has nothing else.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type TemporaryDir, createTemporaryDir } from '../support/temporary-dir.ts';

const MAX_CORE_BYTES = 12 * 1024;
const MAX_UPLOAD_BYTES = 8 * 1024;

let dir: TemporaryDir;
/** The names of the files in the tarball, without `package/`. */
let packed: string[];

beforeAll(async () => {
  dir = await createTemporaryDir();
  const options = { cwd: resolve('packages/client'), encoding: 'utf8' } as const;
  execFileSync('npm', ['pack', '--silent', '--pack-destination', dir.path], options);
  const { version } = JSON.parse(readFileSync('packages/client/package.json', 'utf8')) as { version: string };
  const tarball = join(dir.path, `waybill-client-${version}.tgz`);
  packed = execFileSync('tar', ['-tzf', tarball], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((name) => name.replace('package/', ''))
    .toSorted();
  await dir.write(
    'package.json',
    JSON.stringify({
      private: true,
      type: 'module',
      dependencies: {
        '@waybill/client': `file:${tarball}`,
        ...linked('graphql-ws', 'tus-js-client'),
        ...linked('react', '@types/react', 'csstype', '@apollo/client', '@urql/core', '@types/relay-runtime', 'rxjs'),
      },
      overrides: { 'graphql-ws': '$graphql-ws', 'tus-js-client': '$tus-js-client' },
    }),
  );
  // Nothing from the network: what the package depends on is here already.
  const flags = ['--offline', '--no-audit', '--no-fund', '--legacy-peer-deps', '--ignore-scripts'];
  execFileSync('npm', ['install', ...flags], { cwd: dir.path, stdio: 'pipe' });
}, 120_000);
afterAll(() => dir.remove());

/** What the package needs and the optional peers, with what their types need: all of it is here. */
const linked = (...names: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, `file:${resolve('node_modules', name)}`]));

it('holds the built files, their types, the README and the reference, and nothing else', () => {
  expect(packed).toContain('README.md');
  expect(packed).toContain('dist/index.js');
  expect(
    packed.filter((name) => !/^(?:dist\/.*\.(?:js|d\.ts)|docs\/\w+\.md|package\.json|README\.md)$/.test(name)),
  ).toEqual([]);
});

it('is typed in an empty project, as Node and as bundlers find it', async () => {
  await dir.write(
    'use.ts',
    `import { type Change, type FilesSnapshot, type LiveFiles, READ_FILE, REGISTER_FILE, WaybillError, type WaybillFile, createWaybill, expectSuccess } from '@waybill/client';
    import { type Uploads, type UploadsSnapshot, createUploads, upload } from '@waybill/client/upload';
    const waybill = createWaybill({ url: 'http://localhost:4000', token: async () => 'token' });
    const { file } = await waybill.query(READ_FILE, { id: 'file_1' });
    const name: string | undefined = file?.name;
    const { registerFile } = await waybill.mutate(REGISTER_FILE, { input: { name: 'a' } });
    const registered: WaybillFile = expectSuccess(registerFile).file;
    const list: LiveFiles = waybill.live.files({ states: ['FAILED'] }, { pageSize: 20 });
    list.subscribe(() => void ((list.getSnapshot() satisfies FilesSnapshot).files[0]?.failure?.code satisfies string | undefined));
    for await (const change of waybill.changes('cursor', { onCheckpoint: (cursor: string) => undefined })) {
      (change satisfies Change).cursor;
      if (change.__typename === 'FileTransitioned') change.transition.event satisfies string;
    }
    const uploads: Uploads = createUploads(waybill, { concurrency: 2 });
    uploads.subscribe(() => void ((uploads.getSnapshot() satisfies UploadsSnapshot).uploads[0]?.status satisfies string | undefined));
    const uploaded: WaybillFile = await upload(waybill, new Blob(['a']), { until: 'processed', onProgress: ({ bytesSent }) => void bytesSent });
    uploads.retry(uploaded.id);
    // @ts-expect-error There is no such end.
    void uploads.upload(new Blob(['a']), { until: 'lost' });
    // @ts-expect-error The id is required.
    await waybill.query(READ_FILE, {});
    // @ts-expect-error So are the variables.
    await waybill.query(READ_FILE);
    // @ts-expect-error There is no such state.
    if (registered.state === 'LOST') throw new WaybillError('X', name ?? '');
    `,
  );
  await dir.write(
    'beside.ts',
    `import type { ApolloLink } from '@apollo/client';
    import type { Exchange } from '@urql/core';
    import { createWaybill } from '@waybill/client';
    import { waybillLink } from '@waybill/client/apollo';
    import { useFile, useFiles, useStore, useTransition, useUploads } from '@waybill/client/react';
    import { waybillSubscribe } from '@waybill/client/relay';
    import { waybillExchange } from '@waybill/client/urql';
    import { Network } from 'relay-runtime';
    const waybill = createWaybill({ url: 'http://localhost:4000' });
    export const link: ApolloLink = waybillLink(waybill);
    export const exchange: Exchange = waybillExchange(waybill);
    export const network = Network.create(() => Promise.reject(new Error()), waybillSubscribe(waybill));
    export function Shown() {
      const files = useFiles(waybill, { states: ['FAILED'] }, { pageSize: 20 });
      const file = useFile(waybill, files.files[0]?.id ?? '');
      const one = useTransition(file);
      void one.send('RETRY').then((sent) => sent?.state);
      // @ts-expect-error Of a list, the id comes first.
      void useTransition(files).send('RETRY');
      const shared = useStore(waybill.live.counts()).counts?.INDEXED satisfies number | undefined;
      const [upload] = useUploads({ subscribe: (listener: () => void) => listener, getSnapshot: () => [{ sent: 1 }] });
      return [files.status, file.file?.name, one.isPending, one.error?.code, shared, upload?.sent];
    }
    `,
  );
  const flags = [
    '--noEmit',
    '--strict',
    '--skipLibCheck',
    '--exactOptionalPropertyTypes',
    '--types',
    '',
    '--target',
    'es2022',
  ];
  const tsc = resolve('node_modules/.bin/tsc');
  const check = (...more: readonly string[]): void =>
    void execFileSync(tsc, [...flags, ...more, '--lib', 'es2023,dom'], { cwd: dir.path, encoding: 'utf8' });
  for (const module of [
    ['--module', 'nodenext'],
    ['--module', 'esnext', '--moduleResolution', 'bundler'],
  ]) {
    expect(() => check(...module, 'use.ts'), module.join(' ')).not.toThrow();
    // Without the declarations of the libraries, whose faults are not ours.
    expect(() => check(...module, '--skipLibCheck', 'beside.ts'), module.join(' ')).not.toThrow();
  }
});

it(`has a core of at most ${MAX_CORE_BYTES} bytes, without graphql-ws, which is loaded when a list is live`, async () => {
  const { core, lazy } = await bundleOf(`export * from '@waybill/client';`);
  console.log(`core: ${zipped(core)} bytes; loaded later: ${lazy.map(zipped).join(', ')}`);
  expect(core).not.toContain('graphql-transport-ws');
  expect(lazy.join()).toContain('graphql-transport-ws');
  expect(zipped(core)).toBeLessThanOrEqual(MAX_CORE_BYTES);
});

it(`adds at most ${MAX_UPLOAD_BYTES} bytes for uploads, without tus-js-client, which is loaded with the first`, async () => {
  const { core } = await bundleOf(`export * from '@waybill/client';`);
  const all = await bundleOf(`export * from '@waybill/client'; export * from '@waybill/client/upload';`);
  const added = zipped(all.core) - zipped(core);
  console.log(`uploads: ${added} bytes; loaded later: ${all.lazy.map(zipped).join(', ')}`);
  expect(core).not.toContain('Upload-Offset');
  expect(all.core).not.toContain('Tus-Resumable');
  expect(all.lazy.join()).toContain('Tus-Resumable');
  expect(added).toBeLessThanOrEqual(MAX_UPLOAD_BYTES);
});

const zipped = (code: string): number => gzipSync(code, { level: 9 }).length;

async function bundleOf(code: string): Promise<{ core: string; lazy: string[] }> {
  const input = await dir.write('all.js', code);
  const built = await rolldown({ input, cwd: dir.path, platform: 'browser' });
  const { output } = await built.generate({ format: 'esm', minify: true });
  await built.close();
  const chunks = output.filter((part) => part.type === 'chunk');
  // What an entry imports is there from the beginning, in whatever file.
  const byName = new Map(chunks.map((chunk) => [chunk.fileName, chunk]));
  const first = new Set<string>();
  const follow = (name: string): void => {
    if (first.has(name)) return;
    first.add(name);
    byName.get(name)?.imports.forEach(follow);
  };
  follow(chunks[0]!.fileName);
  const [core, lazy] = [true, false].map((isFirst) => chunks.filter(({ fileName }) => first.has(fileName) === isFirst));
  return { core: core!.map((chunk) => chunk.code).join('\n'), lazy: lazy!.map((chunk) => chunk.code) };
}

it('is tree-shakable: who only names an error gets no more', async () => {
  const input = await dir.write('one.js', `import { WaybillError } from '@waybill/client'; console.log(WaybillError);`);
  const bundle = await rolldown({ input, cwd: dir.path, platform: 'browser' });
  const { output } = await bundle.generate({ format: 'esm', minify: true });
  await bundle.close();
  expect(output[0].code.length).toBeLessThan(1_000);
});
