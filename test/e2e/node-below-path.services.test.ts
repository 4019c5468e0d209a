import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RegtestNode, startRegtest } from '../../dev/regtest.ts';
import { Sandbox } from '../../dev/sandbox.ts';
import { until } from '../../dev/until.ts';
import { BITQL, bitql, cleanEnvironment } from '../cli/support.ts';
import { describeWith } from '../services/suite.ts';
import { FakeNode, type Script } from '../support/fake-node.ts';

const BLOCKS = 12;
const SECRET = '3f1ce5a9d0b84e77';
const PAGE = '<!DOCTYPE html><title>Who are you?</title>';

describeWith('bitcoind')('a node below a path', ({ bitcoind }) => {
  let node: RegtestNode;
  let sandbox: Sandbox;

  beforeAll(async () => {
    sandbox = new Sandbox('node-below-path');
    node = await startRegtest({ bitcoind });
    await node.mine(BLOCKS);
  });
  afterAll(async () => {
    await node?.close();
    await sandbox.close();
  });

  /** Indexes all blocks. @returns the output */
  async function indexed(name: string, url: string, ...args: string[]): Promise<string> {
    const all = [BITQL, 'index', '--node', url, '--store', `${sandbox.folder}/${name}.db`, '--poll', '100', ...args];
    const child = sandbox.start(name, process.execPath, all, cleanEnvironment());
    try {
      await until('the blocks', async () => {
        if (child.result !== undefined) throw new Error(child.output());
        const { stdout } = await bitql(['status', '--store', `${sandbox.folder}/${name}.db`]);
        return new RegExp(`\\b${BLOCKS}\\b`).test(stdout);
      });
    } finally {
      child.kill('SIGTERM');
      await child.ended;
    }
    return child.output();
  }

  const refusals: readonly (readonly [string, Script])[] = [
    ['a page', () => ({ status: 200, body: PAGE })],
    ['another address', () => ({ respond: (response) => response.writeHead(302, { location: '/login' }).end() })],
    ['that there is nothing', ({ path }) => ({ status: 404, body: `<pre>Cannot GET /${SECRET}${path}</pre>` })],
  ];

  it.each([`/v1/${SECRET}`, `/${SECRET}/`])(
    'is indexed by RPC and REST, and the path is never shown: %s',
    async (path) => {
      await using proxy = await FakeNode.below(path, node);
      const output = await indexed(`path-${path.length}`, proxy.url, '--log-level', 'debug');
      expect(proxy.asked('/rest/block/')).toBe(BLOCKS + 1);
      expect(output).not.toContain(SECRET);
    },
  );

  it('keeps its query as well', async () => {
    await using proxy = await FakeNode.below(`/rpc?apikey=${SECRET}`, node);
    await indexed('query', proxy.url);
    expect(proxy.asked('getblock')).toBe(BLOCKS + 1);
  });

  it.each(refusals)('that answers REST with %s is indexed by RPC', async (name, script) => {
    const page: Script = (question) => (question.method === undefined ? script(question) : null);
    await using proxy = await FakeNode.below(`/${SECRET}/`, node, page);
    const output = await indexed(name.replaceAll(' ', '-'), proxy.url);
    expect(proxy.asked('getblock')).toBe(BLOCKS + 1);
    expect(output).not.toContain(SECRET);
  });

  it('is not found at another path, and the message does not show the path', async () => {
    await using proxy = await FakeNode.below('/elsewhere/', node);
    const { code, stdout, stderr } = await bitql([
      'index',
      '--node',
      proxy.url.replace('/elsewhere/', `/${SECRET}/`),
      '--store',
      `${sandbox.folder}/nowhere.db`,
    ]);
    expect([code, stdout + stderr]).toEqual([1, expect.stringMatching(/HTTP 404: .*path of --node/)]);
    expect(stdout + stderr).not.toContain(SECRET);
  });
});

describe('a server that is not a node', () => {
  it.each([
    [
      'a page that repeats what was asked for',
      { status: 200, body: `<p>/${SECRET}</p>` },
      /does not answer getnetworkinfo|getblockchaininfo/,
    ],
    ['a way to another place', { status: 301, body: `<a href="/${SECRET}/">there</a>` }, /HTTP 301: it redirects/],
  ])('answers with %s, and the path is not shown', async (_, answer, message) => {
    await using fake = await FakeNode.alone(() => answer);
    const { code, stderr } = await bitql(['index', '--node', `${fake.url}/${SECRET}`, '--store', 'none.db'], {
      cwd: new Sandbox('no-node').folder,
    });
    expect([code, stderr]).toEqual([1, expect.stringMatching(message)]);
    expect(stderr).not.toContain(SECRET);
  });
});
