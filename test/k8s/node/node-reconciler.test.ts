import { expect, it } from 'vitest';
import type { BitcoinNodeStatus } from '../../../k8s/api/bitcoin-node.ts';
import type { BitcoinNode } from '../../../k8s/api/kinds.ts';
import { NodeReconciler } from '../../../k8s/operator/node/reconciler.ts';
import { outOfTime } from '../../../k8s/operator/node/silence.ts';
import type { OutsideOptions } from '../../../k8s/operator/runtime/outside-calls.ts';
import type { ReconcileContext } from '../../../k8s/operator/runtime/reconciler.ts';
import { encoded } from '../../../k8s/operator/runtime/resource.ts';
import { nodeOf } from './support/some-node.ts';

/** A cluster that accepts everything and has one login, and nodes that never answer. */
class World {
  now = 1_000_000;
  asked = 0;
  readonly before: OutsideOptions['before'][] = [];
  status: BitcoinNodeStatus = {};
  readonly context: ReconcileContext;

  constructor() {
    const login = { data: encoded({ username: 'a', password: 'b' }) };
    const cluster = {
      read: async (_: unknown, __: string, name: string) => (name === 'login' ? login : null),
      keep: async (object: object) => object,
      serves: async () => true,
      owned: () => [],
      applyStatus: async ({ status }: BitcoinNode) => {
        this.status = status!;
      },
    };
    this.context = {
      ...{ cluster, events: { record() {} }, signal: new AbortController().signal },
      ...{ now: () => this.now, steadyNow: () => this.now },
      outside: async (_: string, __: unknown, { before }: OutsideOptions) => {
        this.asked++;
        this.before.push(before);
        throw outOfTime('It did not answer.');
      },
    } as unknown as ReconcileContext;
  }

  condition(type: string) {
    return this.status.conditions?.find((condition) => condition.type === type);
  }
}

function external(secret: string, more: Partial<BitcoinNode['metadata']> = {}, status: BitcoinNodeStatus = {}) {
  const node = nodeOf({ external: { url: 'http://10.0.0.5:8332', secretRef: { name: secret } } });
  return { ...node, metadata: { ...node.metadata, ...more }, status };
}

it('asks at once a node that has the name and generation of a former one', async () => {
  const world = new World();
  const reconciler = new NodeReconciler();
  await reconciler.reconcile(external('missing', { uid: 'one' }), world.context);
  expect(world.condition('Stalled')).toMatchObject({ status: 'True', reason: 'SecretNotFound' });
  await reconciler.reconcile(external('login', { uid: 'two' }), world.context);
  expect(world.condition('Stalled')).toMatchObject({ status: 'False' });
});

it('asks a silent node once for each change of its spec, and leaves it alone as long as before', async () => {
  const world = new World();
  const reconciler = new NodeReconciler();
  let wait = 0;
  for (let times = 0; times < 8; times++) {
    wait = (await reconciler.reconcile(external('login'), world.context)).requeueAfterMs!;
    world.now += wait;
  }
  expect(wait).toBeGreaterThanOrEqual(30_000);
  for (let generation = 2; generation < 6; generation++) {
    const { asked } = world;
    const node = external('login', { generation });
    await reconciler.reconcile(node, world.context);
    expect(world.asked).toBe(asked + 1);
    const rest = (await reconciler.reconcile(node, world.context)).requeueAfterMs!;
    expect(world.asked).toBe(asked + 1);
    world.now += rest;
    expect((await reconciler.reconcile(node, world.context)).requeueAfterMs).toBeGreaterThanOrEqual(30_000);
    world.now += 1;
  }
});

it.each([
  ['was silent', { status: 'False', reason: 'Timeout' }, 'slow', 30_000],
  ['answered', { status: 'True', reason: 'Answers' }, 'quick', 2_500],
] as const)('continues where an earlier operator stopped, with a node that %s', async (_, told, before, leastMs) => {
  const world = new World();
  const reachable = { type: 'RPCReachable', message: '', lastTransitionTime: '2026-01-01T00:00:00Z', ...told };
  const node = external('login', {}, { conditions: [reachable] } as BitcoinNodeStatus);
  const { requeueAfterMs } = await new NodeReconciler().reconcile(node, world.context);
  expect(world.before).toEqual([before]);
  expect(requeueAfterMs).toBeGreaterThanOrEqual(leastMs);
  expect(requeueAfterMs).toBeLessThanOrEqual(2 * leastMs);
});
