import { expect, it } from 'vitest';
import { startRegtest } from '../../../dev/regtest.ts';
import { Sandbox } from '../../../dev/sandbox.ts';
import { until } from '../../../dev/until.ts';
import { BITQL, cleanEnvironment, demoFile } from '../../cli/support.ts';
import { sharedKubernetes } from '../../services/shared-kubernetes.ts';
import { describeWith } from '../../services/suite.ts';
import { Kubectl } from '../support/kubectl.ts';
import { allQueries, metricsIn } from './queries.ts';

const NAMESPACE = 'scrape';

/** The metrics of a scrape with samples, and those with only a description. */
async function scrape(
  url: string,
): Promise<{ readonly sampled: readonly string[]; readonly described: readonly string[] }> {
  const lines = (await (await fetch(url)).text()).split('\n');
  const names = (pattern: RegExp) => [...new Set(lines.flatMap((line) => pattern.exec(line)?.[1] ?? []))];
  return { sampled: names(/^(\w+?)(?:_bucket|_sum|_count)?(?:\{.*\})? /), described: names(/^# TYPE (\w+) /) };
}

describeWith(
  'kubernetes',
  'kubectl',
  'bitcoind',
)('processes of every role', ({ kubectlTools, bitcoind }) => {
  it('serve each metric that alerts, dashboards and autoscalers use', async () => {
    const api = await sharedKubernetes();
    const kubectl = new Kubectl(kubectlTools, api.kubeconfigPath);
    await kubectl.call('create', 'namespace', NAMESPACE);
    await using node = await startRegtest({ bitcoind });
    await node.mine(3);
    await using sandbox = new Sandbox('scrape');
    const start = (...args: string[]) =>
      sandbox.start(args[0]!, process.execPath, [BITQL, ...args, '--metrics', '127.0.0.1:0'], cleanEnvironment());
    const operator = start(
      'operator',
      '--kubeconfig',
      api.kubeconfigPath,
      '--namespaces',
      NAMESPACE,
      '--lease-name',
      'none',
      '--image',
      'bitql:1.2.3',
    );
    const indexer = start('index', '--node', node.urlWithPassword, '--store', `${sandbox.folder}/chain.db`);
    const gateway = start('serve', '--store', await demoFile(sandbox.folder), '--port', '0');
    const { username, password, origin } = new URL(node.urlWithPassword);
    const metadata = { namespace: NAMESPACE, name: 'main' };
    await kubectl.apply([
      { apiVersion: 'v1', kind: 'Secret', metadata, stringData: { username, password } },
      {
        apiVersion: 'bitql.dev/v1alpha1',
        kind: 'BitcoinNode',
        metadata,
        spec: { network: 'Regtest', external: { url: origin, secretRef: { name: 'main' } } },
      },
    ]);
    const urlOf = (process: { output(): string }) =>
      until('metrics', () => /http:\/\/\S+\/metrics/.exec(process.output())?.[0]);
    const urls = await Promise.all([operator, indexer, gateway].map(urlOf));
    await until('the node to be told of', async () => (await scrape(urls[0]!)).sampled.includes('bitql_node_blocks'), {
      intervalMs: 250,
    });
    await until(
      'the tip to be reported',
      async () => (await scrape(urls[1]!)).sampled.includes('bitql_indexer_height'),
      {
        intervalMs: 250,
      },
    );
    await until('the gateway to serve', async () => (await scrape(urls[2]!)).sampled.includes('bitql_gateway_height'), {
      intervalMs: 250,
    });
    const scrapes = await Promise.all(urls.map(scrape));
    const described = scrapes.flatMap((of) => of.described);
    const asked = [...new Set(allQueries().flatMap(metricsIn))];
    expect(asked.length).toBeGreaterThan(40);
    expect(asked.filter((name) => !described.includes(name))).toEqual([]);
    const sampled = scrapes.flatMap((of) => of.sampled);
    expect(sampled).toEqual(
      expect.arrayContaining(['bitql_resource_condition', 'bitql_node_headers', 'bitql_operator_leader']),
    );
  });
});
