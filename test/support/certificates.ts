// Certificates for servers of this machine, by an authority of their own.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface KeyPair {
  readonly key: Buffer;
  readonly cert: Buffer;
}

export interface Authority {
  /** Of its certificate. */
  readonly path: string;
  /** @param name as in a certificate, such as `IP:127.0.0.1` @param days that it is valid for; negative: it was */
  sign(name: string, days?: number): KeyPair;
}

const openssl = (...args: readonly string[]): void => void execFileSync('openssl', args, { stdio: 'ignore' });

/** @param dir for its files */
export function createAuthority(dir: string): Authority {
  const [caKey, ca] = [join(dir, 'ca-key.pem'), join(dir, 'ca.pem')];
  const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl('req', '-x509', ...NEW_KEY, '-days', '2', '-subj', '/CN=tests', '-keyout', caKey, '-out', ca);
  let signed = 0;
  return {
    path: ca,
    sign: (name, days = 1) => {
      const [key, request, cert, extensions] = ['key', 'request', 'cert', 'extensions'].map((what) =>
        join(dir, `${signed}-${what}.pem`),
      ) as [string, string, string, string];
      signed += 1;
      openssl('req', '-new', ...NEW_KEY, '-subj', '/CN=receiver', '-keyout', key, '-out', request);
      writeFileSync(extensions, `subjectAltName=${name}\n`);
      const by = ['-CA', ca, '-CAkey', caKey, '-CAcreateserial', '-extfile', extensions];
      openssl('x509', '-req', '-in', request, ...by, '-days', String(days), '-out', cert);
      return { key: readFileSync(key), cert: readFileSync(cert) };
    },
  };
}
