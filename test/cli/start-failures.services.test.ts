import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer as createPlainServer } from 'node:http';
import { createServer as createTlsServer, type Server } from 'node:https';
import type { AddressInfo, Server as NetServer } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createServer as createTlsSocketServer } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../dev/free-port.ts';
import { Sandbox } from '../../dev/sandbox.ts';
import { until } from '../../dev/until.ts';
import { refusingMongodb } from '../support/refusing-mongodb.ts';
import { describeWithDisks, SmallDisk } from '../support/small-disk.ts';
import { BITQL, bitql, cleanEnvironment, demoFile, run } from './support.ts';

const UP = ['up', '--port', '0'];
const NO_NODE = ['--node', 'http://user:password@127.0.0.1:1'];

const sandbox = new Sandbox('start-failures');
const servers: NetServer[] = [];
let certificate: { key: Buffer; cert: Buffer };
let expired: { key: Buffer; cert: Buffer };

beforeAll(() => {
  const [key, cert] = ['key.pem', 'cert.pem'].map((name) => join(sandbox.folder, name)) as [string, string];
  const subject = ['-subj', '/CN=elsewhere.example', '-addext', 'subjectAltName=DNS:elsewhere.example'];
  const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', cert];
  execFileSync('openssl', [...made, ...subject], { stdio: 'ignore' });
  certificate = { key: readFileSync(key), cert: readFileSync(cert) };
  expired = expiredCertificate();
});

/** A self-signed certificate of the year 2020. */
function expiredCertificate(): { key: Buffer; cert: Buffer } {
  const folder = join(sandbox.folder, 'expired');
  mkdirSync(folder);
  writeFileSync(join(folder, 'index.txt'), '');
  const config = ['[ca]', 'default_ca=ca', '[ca]', 'database=index.txt', 'new_certs_dir=.', 'rand_serial=yes'];
  const rules = ['default_md=sha256', 'policy=any', '[any]', 'commonName=supplied'];
  writeFileSync(join(folder, 'ca.conf'), [...config, ...rules, ''].join('\n'));
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
  openssl(
    'req',
    '-new',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    'key.pem',
    '-subj',
    '/CN=localhost',
    '-out',
    'csr',
  );
  const times = ['-startdate', '200101000000Z', '-enddate', '200201000000Z'];
  openssl(
    'ca',
    '-batch',
    '-selfsign',
    '-config',
    'ca.conf',
    '-keyfile',
    'key.pem',
    '-in',
    'csr',
    ...times,
    '-out',
    'cert.pem',
  );
  return { key: readFileSync(join(folder, 'key.pem')), cert: readFileSync(join(folder, 'cert.pem')) };
}

afterAll(async () => {
  for (const server of servers) server.close();
  await sandbox.close();
});

async function listening(server: Server | NetServer): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

async function refused(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
  const { code, stderr } = await bitql(args, { cwd: sandbox.folder, env });
  expect(code, stderr).toBe(1);
  expect(stderr).not.toMatch(/Trying again|^ {4}at |Mongo\w*Error|E[A-Z]{4,}: /m);
  return stderr;
}

describe('a store in an unsuitable place ends a command', () => {
  it.each(['index', 'up', 'reindex'])('%s: a folder', async (name) => {
    mkdirSync(join(sandbox.folder, 'folder.db'), { recursive: true });
    const rest = name === 'reindex' ? ['--heights', '1'] : [];
    const said = await refused([name, ...rest, ...NO_NODE, '--store', 'folder.db']);
    expect(said).toMatch(
      /folder\.db cannot be opened: it is a folder \(EISDIR\)\. Give another --store\. \(BAD_SETTING\)/,
    );
  });

  it.each([
    ['sqlite:/proc/bitql.db', 'no file can be made in its folder (ENOENT)'],
    ['sqlite:/dev/null/bitql.db', 'a part of its path is not a folder (ENOTDIR)'],
    ['sqlite:/dev/null/bitql/bitql.db', 'a part of its path is not a folder (ENOTDIR)'],
  ])('up: %s', async (store, why) => {
    expect(await refused([...UP, ...NO_NODE, '--store', store])).toContain(
      `cannot be opened: ${why}. Give another --store. (BAD_SETTING)`,
    );
  });

  it.each([
    ['chain.main', 'MongoDB does not accept'],
    ['a%20b', 'MongoDB does not accept'],
    ['%24cmd', 'MongoDB does not accept'],
    ['x'.repeat(64), 'MongoDB does not accept'],
    ['admin', 'reserved for MongoDB'],
    ['Local', 'reserved for MongoDB'],
  ])('up: the database %s', async (name, why) => {
    const said = await refused([...UP, ...NO_NODE, '--store', `mongodb://127.0.0.1:1/${name}`]);
    expect(said).toContain(why);
    expect(said).toContain('(BAD_SETTING)');
  });
});

describe('a node or a database that cannot be trusted ends a command', () => {
  const upOf = (port: number, host = '127.0.0.1') => [
    ...UP,
    '--node',
    `https://user:password@${host}:${port}`,
    '--store',
    'node.db',
  ];

  it('because its certificate is self-signed', async () => {
    const said = await refused(upOf(await listening(createTlsServer(certificate))));
    expect(said).toContain('NODE_EXTRA_CA_CERTS');
    expect(said).toContain('DEPTH_ZERO_SELF_SIGNED_CERT');
  });

  it('because its certificate has expired', async () => {
    const trusted = { NODE_EXTRA_CA_CERTS: join(sandbox.folder, 'expired', 'cert.pem') };
    const said = await refused(upOf(await listening(createTlsServer(expired))), trusted);
    expect(said).toContain(
      'its certificate is not valid at this time (CERT_HAS_EXPIRED): renew it, or correct the clock',
    );
    const uri = `mongodb://127.0.0.1:${await listening(createTlsSocketServer(expired))}/chain?tls=true`;
    expect(await refused([...UP, ...NO_NODE, '--store', uri], trusted)).toContain('(CERT_HAS_EXPIRED): renew it');
  });

  it('because its certificate is for another name', async () => {
    const args = upOf(await listening(createTlsServer(certificate)));
    const said = await refused(args, { NODE_EXTRA_CA_CERTS: join(sandbox.folder, 'cert.pem') });
    expect(said).toContain('for another name');
  });

  it('because it does not use TLS', async () => {
    expect(await refused(upOf(await listening(createPlainServer())))).toContain('does not speak TLS');
  });

  it('because no host has that name', async () => {
    expect(await refused(upOf(8332, 'no-such-host.invalid'))).toContain('no host has this name');
  });

  it('because the certificate of MongoDB is self-signed', async () => {
    const port = await listening(createTlsSocketServer(certificate));
    const said = await refused([...UP, ...NO_NODE, '--store', `mongodb://127.0.0.1:${port}/chain?tls=true`]);
    expect(said).toContain('NODE_EXTRA_CA_CERTS');
  });

  it('because no MongoDB host has that name', async () => {
    for (const uri of ['mongodb://no-such-host.invalid/chain', 'mongodb+srv://no-such-host.invalid/chain']) {
      expect(await refused([...UP, ...NO_NODE, '--store', uri])).toContain('no host has this name');
    }
  });
});

describe("MongoDB's refusals are reported in BitQL's own words", () => {
  it.each([
    [
      18,
      'AuthenticationFailed',
      'Authentication failed.',
      /refuses the user and password of .*authSource.*STORE_UNAUTHORIZED/,
    ],
    [8000, 'AtlasError', 'bad auth : authentication failed', /refuses the user and password of .*STORE_UNAUTHORIZED/],
    [
      13,
      'Unauthorized',
      'not authorized on chain to execute command { find: "state" }',
      /role "readWrite" there.*STORE_UNAUTHORIZED/,
    ],
    [59, 'CommandNotFound', "no such command: 'saslStart'", /has no users.*leave USER:PASSWORD@ out.*BAD_SETTING/],
    [59, 'CommandNotFound', "no such command: 'find'", /does not behave like MongoDB .*use MongoDB 4\.4.*BAD_SETTING/],
    [10107, 'NotWritablePrimary', 'not primary', /has no primary .*STORE_UNAVAILABLE/],
    [91, 'ShutdownInProgress', 'The server is in quiesce mode', /is shutting down: start it again.*STORE_UNAVAILABLE/],
    [8000, 'AtlasError', 'you are over your space quota', /disk of the database is full.*STORE_FULL/],
    [
      1,
      'InternalError',
      'out of cheese',
      /returned an unexpected error \(InternalError: out of cheese\): look at its log/,
    ],
  ])('%i %s: %s', async (code, codeName, errmsg, told) => {
    const port = await listening(refusingMongodb({ code, codeName, errmsg }));
    const login = /auth|sasl/i.test(errmsg) && code !== 13 ? 'reader:wrong@' : '';
    const said = await refused([
      'status',
      '--store',
      `mongodb://${login}127.0.0.1:${port}/chain?directConnection=true&serverSelectionTimeoutMS=60000`,
    ]);
    expect(said).toMatch(told);
    expect(said).not.toContain('command {');
  });

  it.each([
    ['mongodb://127.0.0.1:1/chain', /does not answer: nothing listens there .*is the address in --store right/],
    ['mongodb://127.0.0.1:1/chain?tls=true&tlsCAFile=/nope.pem', /\/nope\.pem, which .*: it does not exist \(ENOENT\)/],
    [
      'mongodb://127.0.0.1:1/chain?colour=red',
      /cannot be used \(option colour is not supported\): write it as mongodb:/,
    ],
    ['mongodb://reader@:1/chain', /cannot be used \(.*\): write it as mongodb:/],
  ])('%s', async (uri, told) => {
    expect(await refused(['status', '--store', uri])).toMatch(told);
  });
});

describe('a temporary folder that cannot be made', () => {
  it.each([
    ['demo', '--no-serve'],
    ['dev', '--port', '0'],
  ])('ends %s, and the message names the variable', async (...args) => {
    const file = join(sandbox.folder, 'no-folder');
    writeFileSync(file, '');
    const said = await refused(args, { TMPDIR: file, BITCOIND: process.execPath });
    expect(said).toContain(`No temporary folder can be made in ${file}: a part of its path is not a folder (ENOTDIR).`);
    expect(said).toContain('Set the variable TMPDIR');
  });
});

describeWithDisks('a machine without a network, or with a disk that can only be read', () => {
  it('says that a name cannot be looked up now', async () => {
    const alone = (...args: string[]) => run('unshare', ['--net', process.execPath, BITQL, ...args]);
    const query = await alone('query', '{ chain { lag } }', '--endpoint', 'http://gateway.example/graphql');
    const status = await alone('status', '--store', 'mongodb://database.example/chain');
    for (const { stderr } of [query, status]) expect(stderr).toContain('cannot be looked up now (EAI_AGAIN)');
    expect(status.stderr).toContain('(STORE_UNAVAILABLE)');
  });

  it('says that the disk can only be read', async () => {
    const disk = new SmallDisk(sandbox, 'read-only', 8);
    const file = await demoFile(disk.folder);
    execFileSync('mount', ['-o', 'remount,ro', disk.folder]);
    for (const store of [file, join(disk.folder, 'new.db')]) {
      const said = await refused([...UP, ...NO_NODE, '--store', store]);
      expect(said).toMatch(
        /cannot be opened: its disk is read-only \(EROFS\)\. Give another --store\. \(BAD_SETTING\)/,
      );
    }
  });
});

describe('a file that is not a database', () => {
  it.each(['status', 'up'])('is reported as such by %s', async (command) => {
    const file = join(sandbox.folder, 'letter.db');
    writeFileSync(file, 'Dear reader, '.repeat(400));
    const args = command === 'up' ? [...UP, ...NO_NODE] : [command];
    expect(await refused([...args, '--store', file])).toMatch(
      /letter\.db cannot be used: it is not a SQLite database\./,
    );
  });
});

describe('an index that holds nothing yet', () => {
  it('is not a file after "bitql up" if the node did not answer', async () => {
    const folder = join(sandbox.folder, 'nothing');
    mkdirSync(folder);
    const file = join(folder, 'bitql.db');
    const node = `http://user:password@127.0.0.1:${await freePort()}`;
    const args = [BITQL, ...UP, '--node', node, '--tiers', 'none', '--store', file];
    const up = sandbox.start('nothing-up', process.execPath, args, cleanEnvironment());
    await until('it to wait', () => up.output().includes('Trying again (NODE_UNREACHABLE)'));
    up.kill('SIGTERM');
    expect(await up.ended, up.output()).toBe(0);
    expect(readdirSync(folder)).toEqual([]);
    expect(await refused(['serve', '--port', '0', '--store', file])).toContain('There is no index');
  });

  it('is reported as empty by "bitql serve"', async () => {
    const file = join(sandbox.folder, 'empty.db');
    writeFileSync(file, '');
    const args = [BITQL, 'serve', '--port', '0', '--store', file];
    const serve = sandbox.start('empty', process.execPath, args, cleanEnvironment());
    await until('it to say so', () => serve.output().includes('has no blocks, and no indexer is running'));
    serve.kill('SIGTERM');
    expect(await serve.ended, serve.output()).toBe(0);
  });
});

it('the database of another program ends a command, and is left unchanged', async () => {
  const file = join(sandbox.folder, 'songs.db');
  const songs = new DatabaseSync(file);
  songs.exec('CREATE TABLE songs (title TEXT)');
  songs.close();
  for (const args of [[...UP, ...NO_NODE], ['serve', '--port', '0'], ['status']]) {
    expect(await refused([...args, '--store', file])).toContain('it is the database of another program');
  }
  const after = new DatabaseSync(file);
  expect(after.prepare('SELECT name FROM sqlite_schema').all()).toEqual([{ name: 'songs' }]);
  after.close();
});

describe('a start that fails closes what it opened', () => {
  let store: string;
  let taken: string;

  beforeAll(async () => {
    store = await demoFile(sandbox.folder);
    taken = String(await listening(createPlainServer()));
  });

  const failing: Record<string, () => string[]> = {
    'the port is taken': () => ['--port', taken],
    'the port of metrics is taken': () => ['--port', '0', '--metrics', taken],
    'an address is of another machine': () => ['--port', '0', '--host', '203.0.113.9'],
    'there is no host of the name': () => ['--port', '0', '--host', 'no-such-host.invalid'],
    'the file of documents is missing': () => ['--port', '0', '--trusted-documents', '/nope.json'],
    'the file of tiers is missing': () => ['--port', '0', '--tiers', '/nope.json'],
  };

  it.each(Object.keys(failing))('if %s', async (name) => {
    const more = failing[name]!();
    expect(await refused(['serve', '--store', store, ...more])).toContain('(BAD_SETTING)');
    expect(await refused(['up', ...NO_NODE, '--store', store, ...more])).toContain('(BAD_SETTING)');
  });

  it('if other commands cannot have their port', async () => {
    expect(await refused(['index', ...NO_NODE, '--store', store, '--metrics', taken])).toContain('(BAD_SETTING)');
    expect(await refused(['demo', '--port', taken])).toContain('(BAD_SETTING)');
  });

  it('if the file of keys is not one', async () => {
    const folder = join(sandbox.folder, 'keys');
    mkdirSync(folder);
    const store = await demoFile(folder);
    mkdirSync(`${store}-access`);
    expect(await refused(['serve', '--port', '0', '--store', store])).toContain('demo.db-access cannot be opened');
  });
});
