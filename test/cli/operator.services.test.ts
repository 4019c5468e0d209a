import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Sandbox, type SandboxProcess } from '../../dev/sandbox.ts';
import { until } from '../../dev/until.ts';
import { request } from '../k8s/runtime/support/widget.ts';
import { makeCrds } from '../k8s/support/crds.ts';
import { type KubernetesServer, startKubernetes } from '../services/kubernetes.ts';
import { describeWith } from '../services/suite.ts';
import { BITQL, bitql, cleanEnvironment } from './support.ts';

const LEASE = '/apis/coordination.k8s.io/v1/namespaces/default/leases/bitql-operator';

describe('bitql operator without a cluster', () => {
  const sandbox = new Sandbox('operator');

  afterAll(() => sandbox.close());

  it.each([
    [
      'no file',
      ['--kubeconfig', 'missing.yaml'],
      /No cluster is known, because .*missing\.yaml cannot be read: it does not exist \(ENOENT\): give --kubeconfig FILE\./,
    ],
    [
      'no cluster',
      ['--kubeconfig', BITQL],
      /No cluster is known, because the kubeconfig file .*: give --kubeconfig FILE\..*\(BAD_SETTING\)/,
    ],
  ])('says that there is %s', async (_, args, message) => {
    const { code, stderr } = await bitql(['operator', ...args], { cwd: sandbox.folder });
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
  });

  it('accepts only names of namespaces', async () => {
    const { code, stderr } = await bitql(['operator', '--namespaces', 'good,Not_Good']);
    expect(code).toBe(2);
    expect(stderr).toContain('--namespaces must be names of namespaces, separated by commas.');
  });
});

describeWith('kubernetes')('bitql operator', ({ kubernetesAssets }) => {
  let api: KubernetesServer;
  const sandbox = new Sandbox('operator');

  beforeAll(async () => {
    api = await startKubernetes(kubernetesAssets);
  });

  afterAll(async () => {
    await sandbox.close();
    await api?.close();
  });

  function start(name: string, ...args: string[]): SandboxProcess {
    const env = { ...cleanEnvironment(), KUBECONFIG: api.kubeconfigPath };
    const places = ['--health', '127.0.0.1:0', '--metrics', '127.0.0.1:0'];
    return sandbox.start(name, process.execPath, [BITQL, 'operator', ...places, ...args], env);
  }

  const placeOf = (operator: SandboxProcess, pattern: RegExp) =>
    until('its places', () => pattern.exec(operator.output())?.[0], { timeoutMs: 60_000 });

  /** The answer to a probe. */
  async function probe(url: string): Promise<string> {
    const response = await fetch(url);
    return `${response.status} ${(await response.text()).trim()}`;
  }

  it('says what is missing, is ready when that exists, leads, and gives the lease back', async () => {
    const operator = start('first');
    const health = (await placeOf(operator, /http:\S+\/livez/)).replace('/livez', '');
    const missing = '503 The cluster has no BitcoinNode, BitcoinIndex, BlockTrigger: apply k8s/crds.';
    await until('what is missing', async () => (await probe(`${health}/readyz`)) === missing);
    expect(await probe(`${health}/livez`)).toBe('200 ok');
    expect(await probe(`${health}/`)).toBe('404 Use /livez and /readyz.');
    await makeCrds(api);
    await until('it to be ready', async () => (await probe(`${health}/readyz`)) === '200 ok');
    await until('it to lead', () => operator.output().includes('Leading, as '));
    // A second operator is ready too, and leads at once when the first stops.
    const second = start('second');
    const standby = (await placeOf(second, /http:\S+\/livez/)).replace('/livez', '');
    await until('it to stand by', () => second.output().includes('Standing by: '));
    expect(await probe(`${standby}/readyz`)).toBe('200 ok');
    const metrics = await placeOf(second, /http:\S+\/metrics/);
    expect(await (await fetch(metrics)).text()).toMatch(/^bitql_operator_leader 0$/m);
    operator.kill('SIGTERM');
    expect(await operator.ended).toBe(0);
    expect(operator.output()).toContain('The lease was released.');
    await until('the other one to lead', () => second.output().includes('Leading, as '), { timeoutMs: 10_000 });
    expect(await (await fetch(metrics)).text()).toMatch(/^bitql_operator_leader 1$/m);
    second.kill('SIGINT');
    expect(await second.ended).toBe(0);
    expect(await request(api, 'GET', LEASE)).toMatchObject({ spec: { holderIdentity: '', leaseTransitions: 1 } });
  }, 120_000);

  it('ends with 1 when it loses the lease', async () => {
    const operator = start('loses', '--log-format', 'json');
    await until('it to lead', () => operator.output().includes('Leading, as '), { timeoutMs: 60_000 });
    await request(api, 'PATCH', LEASE, { spec: { holderIdentity: 'somebody' } });
    expect(await operator.ended).toBe(1);
    expect(operator.output()).toContain('(LEASE_LOST)');
  });

  it('needs no lease if it is the only one', async () => {
    const operator = start('alone', '--lease-name', 'none');
    const metrics = await placeOf(operator, /http:\S+\/metrics/);
    const leads = async () => /^bitql_operator_leader 1$/m.test(await (await fetch(metrics)).text());
    await until('it to lead', leads, { timeoutMs: 60_000 });
    operator.kill('SIGTERM');
    expect(await operator.ended).toBe(0);
    expect(await request(api, 'GET', LEASE)).toMatchObject({ spec: { holderIdentity: 'somebody' } });
  });
});
