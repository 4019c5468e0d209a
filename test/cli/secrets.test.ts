import { afterAll, describe, expect, it } from 'vitest';
import { Sandbox } from '../../dev/sandbox.ts';
import { until } from '../../dev/until.ts';
import { redact } from '../../src/settings/redact.ts';
import { BITQL, bitql, cleanEnvironment } from './support.ts';

const PASSWORD = 'sw0rdfish';

describe('a text without its secrets', () => {
  it.each([
    ['http://user:sw0rdfish@127.0.0.1:8332/', 'http://***@127.0.0.1:8332/'],
    ['mongodb+srv://user:sw0rdfish@db.example/x?a=b', 'mongodb+srv://***@db.example/x?a=b'],
    ['mongodb://u:sw0rd@fish/x@h1,h2:27017/bitql', 'mongodb://***@h1,h2:27017/bitql'],
    ['"http://u:sw0rdfish@h","b@c"', '"http://***@h","b@c"'],
    ['mongodb://h/?tlsCertificateKeyFilePassword=sw0rdfish&w=1', 'mongodb://h/?tlsCertificateKeyFilePassword=***&w=1'],
    [
      'mongodb://h/?authMechanismProperties=A:b,AWS_SESSION_TOKEN:sw0rdfish&w=1',
      'mongodb://h/?authMechanismProperties=A:b,AWS_SESSION_TOKEN:***&w=1',
    ],
    [
      'http://127.0.0.1:4000/graphql is up; write to a@b.example',
      'http://127.0.0.1:4000/graphql is up; write to a@b.example',
    ],
    ['give --node http://USER:PASSWORD@HOST:PORT, or', 'give --node http://USER:PASSWORD@HOST:PORT, or'],
    ['http://USER:PASSWORD@sw0rdfish@h/', 'http://***@h/'],
    ['Bearer bitql_3f0c2a7e91b4_sw0rd-_fish is', 'Bearer bitql_3f0c2a7e91b4_*** is'],
    ['at file:///home/me/node_modules/@apollo/server', 'at file:///home/me/node_modules/@apollo/server'],
  ])('%s', (text, shown) => {
    expect(redact(text)).toBe(shown);
  });
});

describe('a password', () => {
  const sandbox = new Sandbox('secrets');

  afterAll(() => sandbox.close());

  const node = `http://rpcuser:${PASSWORD}@127.0.0.1:2`;
  const mongo = `mongodb://dbuser:${PASSWORD}@127.0.0.1:1/bitql?serverSelectionTimeoutMS=50`;

  it.each([
    ['a help text', ['up', '--help'], { BITQL_NODE: node, BITQL_STORE: mongo }],
    ['a mistake', ['index', '--node', `${PASSWORD}:${PASSWORD}@host`, '--store', `mongo://a:${PASSWORD}@h`], {}],
    ['an address that cannot be used', ['status', '--store', `mongodb://u:${PASSWORD}:x@h:1:2/`], {}],
    ['a database that does not answer', ['status', '--store', mongo, '--log-level', 'debug'], {}],
    [
      'a gateway that is asked with it as a key',
      ['watch', '--key', PASSWORD, '--endpoint', 'http://127.0.0.1:1/x', '--count', '0'],
      { BITQL_KEY: PASSWORD },
    ],
    ['a key that is none', ['query', '{ chain { lag } }', '--key', `${PASSWORD} x`], {}],
    ['the help of who takes a key', ['query', '--help'], { BITQL_KEY: PASSWORD }],
    ['a gateway that does not answer', ['query', '{ chain { lag } }', '--endpoint', `${node}/graphql`], {}],
  ])('is not in %s', async (_, args, env) => {
    const { stdout, stderr } = await bitql(args, { env, cwd: sandbox.folder });
    expect(stdout + stderr).not.toContain(PASSWORD);
    expect(stdout + stderr).not.toBe('');
  });

  it.each(['text', 'json'])('is not in a log as %s', async (format) => {
    const args = ['up', '--node', node, '--port', '0', '--log-level', 'debug', '--log-format', format];
    const up = sandbox.start(format, process.execPath, [BITQL, ...args], cleanEnvironment());
    await until('the node to be missed', () => up.output().includes('does not answer'));
    up.kill('SIGTERM');
    expect(await up.ended).toBe(0);
    expect(up.output()).not.toContain(PASSWORD);
    if (format === 'json') for (const line of up.output().split('\n')) expect(JSON.parse(line)).toHaveProperty('msg');
  });
});
