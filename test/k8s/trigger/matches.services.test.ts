import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Sandbox, type SandboxProcess } from '../../../dev/sandbox.ts';
import { until } from '../../../dev/until.ts';
import { describeWith } from '../../services/suite.ts';
import { GatewayProcess } from '../../support/gateway-process.ts';
import { type Home, sqliteHome, startIndexer } from '../../support/indexer-process.ts';
import type { TriggerStage } from './support/trigger-stage.ts';
import { triggerSuite } from './support/trigger-suite.ts';

const TEST_MS = 180_000;
const SERVICES = ['kubernetes', 'bitcoind'] as const;
const HELLO = { data: [{ pushes: [{ startsWith: { utf8: 'hello' } }] }] };

describeWith(...SERVICES)('a trigger for transactions', (services) => {
  const suite = triggerSuite(services, 'matches');
  const { open, height } = suite;
  const sandbox = new Sandbox('matches');
  let home: Home;
  let indexer: SandboxProcess;
  let gateway: GatewayProcess;

  beforeAll(async () => {
    home = sqliteHome();
    indexer = startIndexer(sandbox, 'indexer', { node: suite.node, home });
    await until('the index to begin', () => existsSync(home.location.replace('sqlite:', '')));
    gateway = await GatewayProcess.start(sandbox, home);
  }, TEST_MS);

  afterAll(async () => {
    await sandbox.close();
    await home?.[Symbol.asyncDispose]();
  });

  const matched = (stage: TriggerStage) =>
    stage.jobs.made.map(({ metadata }) => metadata!.annotations!['bitql.dev/txid']!);
  const on = (filter: object, more = {}) => ({
    event: 'TransactionMatched' as const,
    filter,
    index: { url: `${gateway.url}/graphql` },
    ...more,
  });

  it('creates a Job for each match of each block, once the index has the block', { timeout: TEST_MS }, async () => {
    await using stage = await open('matches');
    await stage.begin(on(HELLO));
    await stage.untilCondition('IndexReady', 'True', 'Answers');
    indexer.kill('SIGSTOP');
    const first = [
      await suite.chain.data('hello 1'),
      await suite.chain.data('other'),
      await suite.chain.data('hello 2'),
    ];
    const [block] = await suite.node.mine(1);
    await stage.restartOperator();
    await suite.node.mine(1);
    expect(stage.jobs.made).toEqual([]);
    indexer.kill('SIGCONT');
    await stage.untilHandled(await height());
    expect(matched(stage).sort()).toEqual([first[0]!.txid, first[2]!.txid].sort());
    const job = stage.jobs.made[0]!;
    expect(job.metadata!.annotations!['bitql.dev/block-hash']).toBe(block);
    const { env } = job.spec!.template.spec!.containers[0]!;
    expect(env).toContainEqual({ name: 'TXID', value: matched(stage)[0] });
    const { created } = await stage.status();
    expect(created).toBe(2);
  });

  it('takes a limited number of a block, in its order', { timeout: TEST_MS }, async () => {
    await using stage = await open('many');
    await stage.begin(on(HELLO, { maxMatchesPerBlock: 2 }));
    for (let n = 0; n < 4; n++) await suite.chain.data(`hello ${n}`);
    const [hash] = await suite.node.mine(1);
    const { skipped, created } = await stage.untilHandled(await height());
    const { tx } = await suite.node.rpc<{ tx: string[] }>('getblock', hash);
    expect({ created, skipped, txids: matched(stage) }).toEqual({ created: 2, skipped: 1, txids: tx.slice(1, 3) });
  });

  it.each([
    ['an unknown field', { colour: 'red' }, 'colour'],
    ['null', { data: [{ pushes: [{ equals: null }] }] }, 'filter.data.0.pushes.0.equals'],
    ['an address of another network', { address: '1BoatSLRHtKNngkdXEeobR76b53LETtpyT' }, 'address'],
  ])('refuses a filter with %s, and says why', { timeout: TEST_MS }, async (title, filter, said) => {
    await using stage = await open(title.replaceAll(' ', '-'));
    await stage.begin(on(filter));
    await suite.node.mine(1);
    const { message } = await stage.untilCondition('Stalled', 'True', 'FilterRefused');
    expect(message).toContain('spec.filter');
    expect(message).toContain(said);
    // In a merge patch, null removes a field.
    const gone = Object.fromEntries(Object.keys(filter).map((field) => [field, null]));
    await stage.change({ filter: { ...gone, ...HELLO } });
    await stage.untilCondition('Ready', 'True', 'Watching');
    await stage.untilHandled(await height());
  });

  it('reports an index that does not answer, and follows no redirect', {
    timeout: TEST_MS,
  }, async () => {
    await using stage = await open('away');
    let asked = 0;
    const { createServer } = await import('node:http');
    const elsewhere = createServer((_request, response) => {
      asked++;
      response.writeHead(307, { location: `${gateway.url}/graphql` }).end();
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
    const { port } = elsewhere.address() as { port: number };
    await stage.begin(on(HELLO, { index: { url: `http://127.0.0.1:${port}/graphql` } }));
    await suite.node.mine(1);
    const { message } = await stage.untilCondition('IndexReady', 'False', 'IndexUnreachable');
    expect(message).toContain('redirect');
    expect(asked).toBeGreaterThan(0);
    await stage.change({ index: { url: null, name: 'nowhere', apiKeySecretRef: { name: 'missing' } } } as never);
    await stage.untilCondition('IndexReady', 'False', 'SecretMissing');
    await stage.change({ index: { name: null, url: `${gateway.url}/graphql`, apiKeySecretRef: null } } as never);
    await stage.untilCondition('Ready', 'True', 'Watching');
    elsewhere.close();
    await until('all to be handled', async () => (await stage.status()).handled?.height === (await height()));
  });
});
