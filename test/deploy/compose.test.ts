// docker-compose.yml has sign-in on, and does not start before it has a secret.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { readConfig } from '../../src/config.ts';

const compose = readFileSync('docker-compose.yml', 'utf8');
const [, environment = ''] = /^ {2}environment:\n([\s\S]*?)^ {2}\w/m.exec(compose) ?? [];
const settings = Object.fromEntries(
  [...environment.matchAll(/^ {4}(\w+): (.*)$/gm)].map(([, name = '', value = '']) => [
    name,
    value.replace(/^"|"$/g, ''),
  ]),
);

/** As Compose fills in variables (https://docs.docker.com/reference/compose-file/interpolation/). */
function fill(value: string, variables: Readonly<Record<string, string>>): string {
  return value.replaceAll(/\$\{(\w+)(?::([?-])([^}]*))?\}/g, (_all, name: string, kind = '', rest = '') => {
    const given = variables[name] ?? '';
    if (given === '' && kind === '?') throw new Error(`${name}: ${rest}`);
    return given === '' ? String(rest) : given;
  });
}

const start = (variables: Readonly<Record<string, string>>) =>
  readConfig(Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, fill(value, variables)])));

it('asks for a secret, and says how to get one', () => {
  expect(() => start({})).toThrow(/^WAYBILL_JWT_SECRET: copy \.env\.example to \.env .*openssl rand -hex 32/);
  const [, example] = /^WAYBILL_JWT_SECRET=(.*)$/m.exec(readFileSync('.env.example', 'utf8')) ?? [];
  expect(example, 'nobody must go on with a secret from here').toBe('');
});

it('has sign-in on, and says how to make the first key', () => {
  expect(start({ WAYBILL_JWT_SECRET: 'x'.repeat(64) })).toMatchObject({ auth: 'jwt', host: '0.0.0.0' });
  expect(compose).toContain('docker compose run --rm api create-key --role admin --tenant');
});
