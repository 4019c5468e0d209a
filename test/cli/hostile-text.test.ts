import { once } from 'node:events';
import { chmodSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Command } from '../../cli/command.ts';
import { COMMANDS } from '../../cli/main.ts';
import { controlFile, writeControl } from '../../dev/control-file.ts';
import { freePort } from '../../dev/free-port.ts';
import { Sandbox, type SandboxProcess } from '../../dev/sandbox.ts';
import { until } from '../../dev/until.ts';
import { serve, type TestGateway } from '../gateway/support.ts';
import { FakeBchn } from '../support/fake-dialects.ts';
import { FakeNode } from '../support/fake-node.ts';
import { type Home, sqliteHome } from '../support/indexer-process.ts';
import { MovingChain } from '../support/moving-chain.ts';
import { ScriptedChain } from '../support/scripted-chain.ts';
import { dataScript, encodeTransaction, p2pkhScript } from '../support/synthetic-chain.ts';
import { BITQL, bitql, cleanEnvironment, demoFile, HOSTILE_TEXT, SHOWN_TEXT, UNSHOWN } from './support.ts';

const DATA = '{ transactions(first: 5) { nodes { outputs { data { pushes { utf8 } } } } } }';

const INPUTS = [{ txid: new Uint8Array(32).fill(7), index: 0 }];
/** The node's user agent. */
const USER_AGENT = `/Bitcoin Cash Node:28.0.1(${HOSTILE_TEXT})/`;
/** JSON has shorter escapes for some characters. */
const SHOWN_JSON = SHOWN_TEXT.replace(String.raw`\u000d\u000a`, String.raw`\r\n`);

let sandbox: Sandbox;
let home: Home;
let chain: MovingChain;
let gateway: TestGateway;
/** A node whose name is hostile. */
let node: FakeBchn;
/** A node that answers every call with an error. */
let refusing: FakeNode;
/** A node that is starting. */
let starting: FakeNode;
/** A Kubernetes API that refuses everything. */
let cluster: Server;
let kubeconfig: string;
let port: number;

beforeAll(async () => {
  sandbox = new Sandbox('hostile-text');
  home = sqliteHome();
  chain = await MovingChain.create([{ value: 50, script: p2pkhScript(1) }], await home.open());
  gateway = await serve(chain.store);
  node = await FakeBchn.start([]);
  ScriptedChain.of(node).mine();
  node.answer({ getnetworkinfo: { subversion: USER_AGENT } });
  refusing = await FakeNode.alone(() => ({ error: { code: -1, message: HOSTILE_TEXT } }));
  starting = await FakeNode.alone(() => ({ error: { code: -28, message: HOSTILE_TEXT } }));
  port = await freePort();
  writeControl(port, { nodeUrl: refusing.url, url: `${gateway.url}/graphql` });
  sandbox.removeWithIt(controlFile(port));
  cluster = createServer((_, response) => {
    const status = { kind: 'Status', apiVersion: 'v1', status: 'Failure', message: HOSTILE_TEXT, code: 403 };
    response.writeHead(403, { 'content-type': 'application/json' }).end(JSON.stringify(status));
  });
  await once(cluster.listen(0, '127.0.0.1'), 'listening');
  kubeconfig = join(sandbox.folder, 'kubeconfig.json');
  writeFileSync(kubeconfig, JSON.stringify(configOf(`http://127.0.0.1:${(cluster.address() as AddressInfo).port}`)));
});

afterAll(async () => {
  cluster.closeAllConnections();
  cluster.close();
  await gateway.close();
  await chain.close();
  await node[Symbol.asyncDispose]();
  await refusing[Symbol.asyncDispose]();
  await starting[Symbol.asyncDispose]();
  await sandbox.close();
  await home[Symbol.asyncDispose]();
});

function configOf(server: string) {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'u', user: {} }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  };
}

/** The output of a command that runs to its end. */
async function ran(args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const { stdout, stderr } = await bitql(args, { cwd: sandbox.folder, env });
  return stdout + stderr;
}

/** The output of a command that runs until it is stopped, up to an awaited text. */
async function running(args: readonly string[], waitedFor: string, act = async (_: SandboxProcess) => {}) {
  const child = sandbox.start(`${args[0]} ${Math.random()}`, process.execPath, [BITQL, ...args], cleanEnvironment());
  try {
    await act(child);
    await until('what is waited for', () => {
      if (child.result !== undefined) throw new Error(`it ended: ${child.output()}`);
      return child.output().includes(waitedFor);
    });
    return child.output();
  } finally {
    child.kill('SIGKILL');
    await child.ended;
  }
}

async function makeIndex(file: string): Promise<void> {
  renameSync(await demoFile(sandbox.folder), join(sandbox.folder, file));
}

const nodeArgs = (store: string) => ['--node', node.url, '--store', join(sandbox.folder, store), '--poll', '100'];

/** A script with one push of the hostile text. */
const say = () => chain.make(INPUTS, [{ value: 0, script: dataScript([new TextEncoder().encode(HOSTILE_TEXT)]) }]);

async function watched(...args: string[]): Promise<string> {
  const { data } = (await (
    await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"query":"{ chain { cursor } }"}',
    })
  ).json()) as { data: { chain: { cursor: string } } };
  await chain.commit({ arrive: [say()] });
  return ran(['watch', '--endpoint', `${gateway.url}/graphql`, '--after', data.chain.cursor, '--count', '1', ...args]);
}

/** Makes a gateway call its node, which is starting and says so in its own words. */
async function broadcast(gatewayProcess: SandboxProcess): Promise<void> {
  const url = await until('it to serve', () => gatewayProcess.output().match(/http:\S+\/graphql/)?.[0]);
  const raw = Buffer.from(encodeTransaction(INPUTS, [{ value: 1, script: p2pkhScript(1) }], 1)).toString('hex');
  const query = `mutation { broadcastTransaction(raw: "${raw}") }`;
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  expect(await answer.json()).toMatchObject({ errors: [{ extensions: { code: 'NODE_WARMING_UP' } }] });
}

/** The output of each command that received or met hostile text, by its name. */
const OUTPUTS: Readonly<Record<string, () => Promise<readonly (readonly [output: string, shown: string])[]>>> = {
  demo: async () => [[await ran(['demo', '--host', HOSTILE_TEXT]), SHOWN_TEXT]],
  up: async () => [[await running(['up', ...nodeArgs('up.db'), '--port', '0'], 'At the tip'), SHOWN_TEXT]],
  index: async () => {
    const json = await running(['index', ...nodeArgs('index.db'), '--log-format', 'json'], 'At the tip');
    for (const line of json.trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('msg');
    const store = join(sandbox.folder, 'refused.db');
    const refused = await ran(['index', '--node', refusing.url, '--store', store, '--log-level', 'debug']);
    return [
      [json, SHOWN_JSON],
      [refused, SHOWN_TEXT],
    ];
  },
  import: async () => {
    mkdirSync(join(sandbox.folder, HOSTILE_TEXT));
    return [[await ran(['import', HOSTILE_TEXT, '--store', 'import.db']), SHOWN_TEXT]];
  },
  serve: async () => {
    const args = ['serve', '--store', home.location, '--port', '0', '--node', starting.url];
    return [
      [await running(args, 'A request failed', broadcast), SHOWN_TEXT],
      [await running([...args, '--log-level', 'debug'], 'caused by', broadcast), SHOWN_TEXT],
      [await running([...args, '--log-format', 'json'], 'A request failed', broadcast), SHOWN_JSON],
    ];
  },
  query: async () => {
    await chain.commit({ arrive: [say()] });
    const outputs = [
      await ran(['query', DATA, '--store', home.location]),
      await ran(['query', DATA, '--endpoint', `${gateway.url}/graphql`]),
    ];
    for (const output of outputs) {
      const { data } = JSON.parse(output);
      expect(data.transactions.nodes[0].outputs[0].data.pushes).toEqual([{ utf8: HOSTILE_TEXT }]);
    }
    return outputs.map((output) => [output, SHOWN_JSON] as const);
  },
  explain: async () => [[await ran(['explain', HOSTILE_TEXT, '--store', home.location]), SHOWN_TEXT]],
  watch: async () => [
    [await watched(), String.raw`\u009b2J\u061c`],
    [await watched('--json'), String.raw`\u009b2J\u061c`],
  ],
  status: async () => {
    await running(['index', ...nodeArgs('status.db')], 'At the tip');
    const json = await ran(['status', '--store', 'status.db', '--json']);
    expect(JSON.parse(json).node).toBe(USER_AGENT);
    return [
      [await ran(['status', '--store', 'status.db']), SHOWN_TEXT],
      [json, SHOWN_JSON],
    ];
  },
  // A store with a hostile name that does not exist.
  'verify-store': async () => [[await ran(['verify-store', '--store', `sqlite:${HOSTILE_TEXT}`]), SHOWN_TEXT]],
  reindex: async () => {
    const store = join(sandbox.folder, 'reindex.db');
    await running(['index', ...nodeArgs('reindex.db')], 'At the tip');
    const args = ['reindex', '--heights', '0', '--store', store, '--node', refusing.url];
    return [[await ran(args), SHOWN_TEXT]];
  },
  keys: async () => {
    await makeIndex('keys.db');
    await ran(['keys', 'add', HOSTILE_TEXT, '--store', 'keys.db']);
    return [[await ran(['keys', '--store', 'keys.db']), SHOWN_TEXT]];
  },
  'keys add': async () => {
    await makeIndex('add.db');
    return [[await ran(['keys', 'add', HOSTILE_TEXT, '--store', 'add.db']), SHOWN_TEXT]];
  },
  'keys list': async () => {
    await makeIndex('list.db');
    await ran(['keys', 'add', HOSTILE_TEXT, '--store', 'list.db']);
    const json = await ran(['keys', 'list', '--json', '--store', 'list.db']);
    expect(JSON.parse(json)[0].name).toBe(HOSTILE_TEXT);
    return [
      [await ran(['keys', 'list', '--store', 'list.db']), SHOWN_TEXT],
      [json, SHOWN_JSON],
    ];
  },
  'keys revoke': async () => {
    await makeIndex('revoke.db');
    const refused = await ran(['keys', 'revoke', HOSTILE_TEXT, '--store', 'revoke.db']);
    await ran(['keys', 'add', HOSTILE_TEXT, '--store', 'revoke.db']);
    return [
      [refused, SHOWN_TEXT],
      [await ran(['keys', 'revoke', HOSTILE_TEXT, '--store', 'revoke.db']), SHOWN_TEXT],
    ];
  },
  dev: async () => {
    const bitcoind = join(sandbox.folder, 'bitcoind');
    writeFileSync(bitcoind, `#!/bin/sh\ncat >&2 <<'END'\n${HOSTILE_TEXT}\nEND\nexit 1\n`);
    chmodSync(bitcoind, 0o755);
    return [[await ran(['dev', '--port', '0'], { BITCOIND: bitcoind }), SHOWN_TEXT]];
  },
  ...Object.fromEntries(
    ['mine', 'reorg', 'send', 'data', 'double-spend', 'replace', 'evict'].map((action) => [
      `dev ${action}`,
      async () => {
        const args = ['dev', action, ...(action === 'data' ? ['x'] : []), '--port', String(port)];
        return [[await ran(args), SHOWN_TEXT]] as const;
      },
    ]),
  ),
  operator: async () => [[await running(['operator', '--kubeconfig', kubeconfig], 'FAKE'), SHOWN_TEXT]],
};

const named = (commands: readonly Command[]): string[] =>
  commands.flatMap(({ name, actions = [] }) => [name, ...named(actions)]);

describe('text of strangers, nodes, databases and clusters', () => {
  it('is shown by each command, and a test here covers it', () => {
    expect(Object.keys(OUTPUTS).sort()).toEqual(named(COMMANDS).sort());
  });

  it.each(Object.keys(OUTPUTS))('is shown and not obeyed by bitql %s', async (name) => {
    for (const [output, shown] of await OUTPUTS[name]!()) {
      expect(output).toContain(shown);
      const lines = output.split('\n');
      expect(lines.filter((line) => UNSHOWN.test(line))).toEqual([]);
      expect(lines.filter((line) => line.startsWith('FAKE'))).toEqual([]);
    }
  });

  it('is shown and not obeyed in a mistaken command line', async () => {
    for (const args of [
      [HOSTILE_TEXT],
      ['dev', HOSTILE_TEXT],
      ['status', HOSTILE_TEXT],
      ['status', `--${HOSTILE_TEXT}`],
    ]) {
      const output = await ran(args);
      expect(output).toContain(SHOWN_TEXT);
      expect(output.split('\n').filter((line) => UNSHOWN.test(line) || line.startsWith('FAKE'))).toEqual([]);
    }
  });
});
