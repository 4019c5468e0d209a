import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { V1Job } from '@kubernetes/client-node';
import { expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { until } from '../../../dev/until.ts';
import { describeWith } from '../../services/suite.ts';
import { Kubectl } from '../support/kubectl.ts';
import { jobTemplate, type TriggerStage } from './support/trigger-stage.ts';
import { triggerSuite } from './support/trigger-suite.ts';

const DOCS = fileURLToPath(new URL('../../../docs/kubernetes.md', import.meta.url));

const TEST_MS = 180_000;
const SERVICES = ['kubernetes', 'kubectl', 'bitcoind'] as const;

/** The rights of docs/kubernetes.md. */
async function letOperatorActAsBlocks(stage: TriggerStage): Promise<void> {
  const [, yaml = ''] = /```yaml\n(apiVersion: rbac[^`]*)```/.exec(readFileSync(DOCS, 'utf8'))!;
  for (const document of parseAllDocuments(yaml)) {
    const { kind, metadata, ...rest } = document.toJS();
    await stage.create('rbac.authorization.k8s.io/v1', kind, metadata.name, rest);
  }
}

describeWith(...SERVICES)('triggers in a cluster', (services) => {
  const suite = triggerSuite(services, 'triggers');
  const { open, height } = suite;
  const kubectl = () => new Kubectl(services.kubectlTools, suite.api.kubeconfigPath);
  const namesOf = async (stage: TriggerStage) => (await stage.presentJobs()).map(({ metadata }) => metadata!.name);

  it('create a Job for each new block, with its data, and kubectl shows their progress', {
    timeout: TEST_MS,
  }, async () => {
    await using stage = await open('follows');
    await stage.begin({});
    const [first, second] = await suite.node.mine(2);
    await stage.untilMade(2);
    expect(stage.jobs.blocks()).toEqual([first, second]);
    const { metadata, spec } = stage.jobs.made[1]!;
    expect(metadata!.labels).toMatchObject({ 'bitql.dev/trigger': 'trigger', 'bitql.dev/block': second!.slice(1) });
    expect(spec!.template.spec!.containers[0]!.env).toContainEqual({ name: 'BLOCK_PREVIOUS_HASH', value: first });
    const { created, active } = await stage.untilHandled(await height());
    expect({ created, active: active!.sort() }).toEqual({
      created: 2,
      active: stage.jobs.made.map(({ metadata }) => `Job/${metadata!.name}`).sort(),
    });
    const shown = await kubectl().call('get', 'blocktriggers', '-n', stage.namespace);
    expect(shown).toMatch(new RegExp(`trigger +BlockConnected +node +True +${await height()} +2 `));
  });

  it('handle each block once, wherever the operator stops, also through a reorganisation', {
    timeout: TEST_MS,
  }, async () => {
    await using stage = await open('once');
    await stage.begin({ templates: [jobTemplate('a'), jobTemplate('b')], history: { succeeded: 0, failed: 0 } });
    const mined: string[] = [];
    for (let round = 0; round < 6; round++) {
      if (round === 3) mined.push(...(await suite.chain.reorg(2)).blocks);
      else mined.push(...(await suite.node.mine(3)));
      const wanted = Math.floor(Math.random() * 3) + stage.jobs.made.length;
      await until('it to be at work', () => stage.jobs.made.length >= wanted);
      await stage.restartOperator();
      for (const job of await stage.presentJobs()) await stage.finish(job);
    }
    await stage.untilHandled(await height());
    const names = stage.jobs.made.map(({ metadata }) => metadata!.name);
    expect(new Set(names).size).toBe(names.length);
    const gone = new Set<string>();
    for (const hash of mined) {
      const { confirmations } = await suite.node.rpc<{ confirmations: number }>('getblockheader', hash);
      if (confirmations < 0) gone.add(hash);
    }
    for (const template of ['a', 'b']) {
      const handled = stage.jobs.blocks(template);
      expect(handled.filter((hash) => !gone.has(hash)).sort()).toEqual(mined.filter((hash) => !gone.has(hash)).sort());
      expect(handled.filter((hash) => !mined.includes(hash))).toEqual([]);
    }
  });

  it('handle disconnected blocks, and delete the objects that were made for them', { timeout: TEST_MS }, async () => {
    await using stage = await open('leaves');
    await stage.begin({ onReorg: 'DeleteOrphaned' }, 'come');
    await stage.begin({ event: 'BlockDisconnected', templates: [jobTemplate('left')] }, 'leave');
    const [old] = await suite.node.mine(1);
    await Promise.all([stage.untilMade(1), stage.untilHandled(await height(), 'leave')]);
    const { blocks } = await suite.chain.reorg(1);
    await stage.untilMade(1, 'left');
    await stage.untilMade(1 + blocks.length);
    expect(stage.jobs.blocks('left')).toEqual([old]);
    expect(stage.jobs.blocks()).toEqual([old, ...blocks]);
    await stage.untilStatus('to count it', ({ orphaned }) => orphaned === 1, 'come');
    await until('the orphan to be gone', async () => (await namesOf(stage)).length === blocks.length + 1);
    // The old branch comes back, and its block is not handled again.
    await suite.node.rpc('invalidateblock', blocks[0]);
    await suite.node.rpc('reconsiderblock', blocks[0]);
    const [next] = await suite.node.mine(1);
    await stage.untilMade(2 + blocks.length);
    expect(stage.jobs.blocks().at(-1)).toBe(next);
    expect(stage.jobs.blocks().filter((hash) => hash === old)).toEqual([old]);
  });

  it('wait for confirmations, and skip heights', { timeout: TEST_MS }, async () => {
    await using stage = await open('deep');
    const fromHeight = (await height()) + 3;
    await stage.begin({ confirmations: 2, every: 2, fromHeight });
    await suite.node.mine(8);
    const deepest = (await height()) - 1;
    const due = Array.from({ length: deepest - fromHeight + 1 }, (_, index) => fromHeight + index);
    const even = due.filter((of) => of % 2 === 0);
    await stage.untilHandled(even.at(-1)!);
    const blocks = await Promise.all(
      stage.jobs.blocks().map((hash) => suite.node.rpc<{ height: number }>('getblockheader', hash)),
    );
    expect(blocks.map((block) => block.height)).toEqual(even);
  });

  it('skip one while another runs, or replace it', { timeout: TEST_MS }, async () => {
    await using stage = await open('concurrent');
    const templates = [
      jobTemplate('forbid', { concurrencyPolicy: 'Forbid' }),
      jobTemplate('replace', { concurrencyPolicy: 'Replace' }),
    ];
    await stage.begin({ templates });
    const blocks: string[] = [];
    for (let n = 0; n < 3; n++) {
      blocks.push(...(await suite.node.mine(1)));
      await stage.untilMade(n + 1, 'replace');
    }
    await stage.untilStatus('to have handled three', ({ created, skipped }) => created === 4 && skipped === 2);
    expect(stage.jobs.blocks('forbid')).toEqual(blocks.slice(0, 1));
    expect(stage.jobs.blocks('replace')).toEqual(blocks);
    const running = await until('two to be left', async () => {
      const present = await stage.presentJobs();
      return present.length === 2 && present;
    });
    expect(running.map(({ metadata }) => metadata!.annotations!['bitql.dev/block-hash']).sort()).toEqual(
      [blocks[0], blocks[2]].sort(),
    );
    for (const job of running) await stage.finish(job);
    await suite.node.mine(1);
    await stage.untilMade(2, 'forbid');
  });

  it('pause while suspended, and then handle the newest blocks', { timeout: TEST_MS }, async () => {
    await using stage = await open('backlog');
    await stage.begin({ backlog: { policy: 'Replay', limit: 2 } });
    await stage.begin({ backlog: { policy: 'Skip' }, templates: [jobTemplate('skip')] }, 'skip');
    for (const name of ['trigger', 'skip']) await stage.change({ suspend: true }, name);
    for (const name of ['trigger', 'skip']) await stage.untilCondition('Suspended', 'True', 'Suspended', name);
    const blocks = await suite.node.mine(5);
    for (const name of ['trigger', 'skip']) await stage.change({ suspend: false }, name);
    const [replayed, skipped] = await Promise.all([
      stage.untilHandled(await height()),
      stage.untilHandled(await height(), 'skip'),
    ]);
    expect([replayed.created, replayed.skipped, skipped.created, skipped.skipped]).toEqual([2, 3, 1, 4]);
    expect([stage.jobs.blocks(), stage.jobs.blocks('skip')]).toEqual([blocks.slice(-2), blocks.slice(-1)]);
  });

  it('keep the configured number of finished objects', { timeout: TEST_MS }, async () => {
    await using stage = await open('history');
    await stage.begin({ history: { succeeded: 1, failed: 1 } });
    await suite.node.mine(5);
    await stage.untilMade(5);
    const made = new Map(stage.jobs.made.map((job) => [job.metadata!.annotations!['bitql.dev/block-hash']!, job]));
    const jobs = [...made.values()];
    await Promise.all([
      stage.finish(jobs[0]!),
      stage.finish(jobs[1]!, 'Failed'),
      stage.finish(jobs[2]!),
      stage.finish(jobs[3]!, 'Failed'),
    ]);
    const kept = [jobs[2], jobs[3], jobs[4]].map((job) => job!.metadata!.name).sort();
    await until('the oldest to be gone', async () => (await namesOf(stage)).length === 3);
    expect((await namesOf(stage)).sort()).toEqual(kept);
    await stage.untilStatus('to say what runs', ({ active }) => active?.length === 1);
  });

  it('create a Job once for an occasion, whichever operator looks', { timeout: TEST_MS }, async () => {
    await using stage = await open('occasions');
    await stage.begin({ event: 'ChainSplit' });
    await suite.node.mine(3);
    const { stale, blocks } = await suite.chain.reorg(2);
    await stage.untilMade(1);
    await stage.restartOperator();
    await stage.restartOperator();
    await suite.node.mine(1);
    await stage.begin({}, 'witness');
    await suite.node.mine(1);
    await stage.untilStatus('to have seen a block', ({ created }) => created === 1, 'witness');
    const made = stage.jobs.made.filter(({ metadata }) => metadata!.labels!['bitql.dev/trigger'] === 'trigger');
    expect(made.map(({ metadata }) => metadata!.annotations!['bitql.dev/event'])).toEqual(['ChainSplit']);
    // It may be noticed while the branch is as long as the chain, or when it is longer.
    expect([stale.at(-1), blocks.at(-1)]).toContain(made[0]!.metadata!.annotations!['bitql.dev/block-hash']);
  });

  it('create other kinds as a service account, and say which right it lacks', {
    timeout: TEST_MS,
  }, async () => {
    await using stage = await open('kinds', { kinds: ['batch/v1/Job', 'v1/ConfigMap', 'v1/Namespace'] });
    const manifest = { apiVersion: 'v1', kind: 'ConfigMap', data: { height: '$(BLOCK_HEIGHT)' } };
    await stage.create('v1', 'ServiceAccount', 'blocks', {});
    await letOperatorActAsBlocks(stage);
    await stage.begin({ templates: [{ name: 'note', manifest }], serviceAccountName: 'blocks' });
    await suite.node.mine(1);
    const { message } = await stage.untilCondition('Allowed', 'False', 'Forbidden');
    expect(message).toContain(
      'Missing: a Role in namespace triggers-kinds that allows ServiceAccount blocks to "create" configmaps of API group ""',
    );
    await stage.untilCondition('Stalled', 'True', 'Forbidden');
    await stage.create('rbac.authorization.k8s.io/v1', 'Role', 'maker', {
      rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['create', 'delete'] }],
    });
    await stage.create('rbac.authorization.k8s.io/v1', 'RoleBinding', 'maker', {
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'maker' },
      subjects: [{ kind: 'ServiceAccount', name: 'blocks' }],
    });
    await stage.change({ backlog: { limit: 100 } }); // it would look again by itself after half a minute
    await stage.untilCondition('Allowed', 'True', 'Allowed');
    const maps = await stage.send<{ items: { data: object }[] }>(
      'GET',
      `${stage.path('v1', 'configmaps')}?labelSelector=bitql.dev/trigger%3Dtrigger`,
    );
    expect(maps.items.map(({ data }) => data)).toEqual([{ height: String(await height()) }]);
  });

  it.each([
    ['KindNotAllowed', 'Allowed', { apiVersion: 'v1', kind: 'Secret' }, 'v1/Secret'],
    ['KindNotNamespaced', 'Allowed', { apiVersion: 'v1', kind: 'Namespace' }, 'cluster-wide kind'],
    ['ManifestRefused', 'Stalled', { metadata: { namespace: 'kube-system' } }, 'metadata.namespace'],
  ] as const)(
    'refuse objects that they may not create: %s',
    { timeout: TEST_MS },
    async (reason, type, manifest, said) => {
      const kinds = ['batch/v1/Job', 'v1/Namespace'];
      await using stage = await open(`refuses-${reason.toLowerCase()}`, { kinds });
      await stage.write({ templates: [{ name: 'bad', manifest }], serviceAccountName: 'default' });
      const { message } = await stage.untilCondition(type, type === 'Allowed' ? 'False' : 'True', reason);
      expect(message).toContain(said);
      await stage.untilCondition('Ready', 'False', reason);
    },
  );

  it('report why Kubernetes refuses a Job, and continue once it is mended', { timeout: TEST_MS }, async () => {
    await using stage = await open('invalid');
    await stage.begin({ templates: [{ name: 'job', manifest: { spec: { backoffLimit: -1 } } }] });
    const [hash] = await suite.node.mine(1);
    const { message } = await stage.untilCondition('Stalled', 'True', 'ObjectRefused');
    expect(message).toContain('backoffLimit');
    await stage.change({ templates: [jobTemplate()] });
    await stage.untilMade(1);
    expect(stage.jobs.blocks()).toEqual([hash]);
    await stage.untilCondition('Ready', 'True', 'Watching');
  });

  it('say what is wrong with their node', { timeout: TEST_MS }, async () => {
    await using stage = await open('lost');
    await stage.write({ nodeRef: { name: 'missing' } }, 'missing');
    await stage.untilCondition('NodeReady', 'False', 'NotFound', 'missing');
    await stage.create('bitql.dev/v1alpha1', 'BitcoinNode', 'missing', {
      spec: { network: 'Regtest', external: { url: suite.node.url, secretRef: { name: 'login' } } },
    });
    await stage.untilCondition('Ready', 'True', 'Watching', 'missing');
  });

  it('are deleted together with all objects that they made', { timeout: TEST_MS }, async () => {
    await using stage = await open('goes');
    await stage.begin({});
    await suite.node.mine(2);
    await stage.untilMade(2);
    const owner = (stage.jobs.made[0] as V1Job).metadata!.ownerReferences![0]!;
    expect(owner).toMatchObject({ kind: 'BlockTrigger', name: 'trigger', controller: true, blockOwnerDeletion: true });
    await kubectl().call('delete', 'blocktrigger', 'trigger', '-n', stage.namespace, '--timeout=60s');
    await until('the Jobs to be collected', async () => (await namesOf(stage)).length === 0);
  });
});
