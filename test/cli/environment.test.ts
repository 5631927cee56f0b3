// The environment of the command line, and the file states it shares with the schema.
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type GraphQLEnumType, buildSchema } from 'graphql';
import { expect, it } from 'vitest';
import { FILE_STATES } from '../../cli/api/files.ts';
import { parseServerUrl } from '../../cli/api/server.ts';
import { readEnvironment } from '../../cli/environment.ts';

const HOME_STATE = join(homedir(), '.local/state/waybill');

it.each([
  [{}, { url: null, token: null, stateDir: HOME_STATE, isDumb: false }],
  [
    { WAYBILL_URL: '', WAYBILL_TOKEN: '', XDG_STATE_HOME: '' },
    { url: null, token: null, stateDir: HOME_STATE },
  ],
  [
    { WAYBILL_URL: 'http://x', WAYBILL_TOKEN: 't' },
    { url: 'http://x', token: 't' },
  ],
  [{ XDG_STATE_HOME: '/state' }, { stateDir: '/state/waybill' }],
  [{ XDG_STATE_HOME: 'not/absolute' }, { stateDir: HOME_STATE }],
  [{ TERM: 'dumb' }, { isDumb: true }],
])('%j', (variables, environment) => {
  expect(readEnvironment(variables)).toMatchObject(environment);
});

it.each([
  ['http://127.0.0.1:4000', 'http://127.0.0.1:4000'],
  ['https://example.com/', 'https://example.com'],
  ['HTTPS://Example.com/files//', 'https://example.com/files'],
])('the server %s is %s', (text, url) => {
  expect(parseServerUrl(text)).toBe(url);
});

it('knows the states of the schema', () => {
  const schema = buildSchema(readFileSync('schema.graphql', 'utf8'));
  const states = (schema.getType('FileState') as GraphQLEnumType).getValues().map(({ name }) => name);
  expect([...FILE_STATES].toSorted()).toEqual(states.toSorted());
});
