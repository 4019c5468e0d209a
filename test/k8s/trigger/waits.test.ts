import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import type { BitcoinNode } from '../../../k8s/api/kinds.ts';
import type { ReconcileContext } from '../../../k8s/operator/runtime/reconciler.ts';
import { Silences } from '../../../k8s/operator/runtime/silences.ts';
import { accessIndex, indexEndpoint, nodeObstacle, SILENT_INDEX_TIMES } from '../../../k8s/operator/trigger/inputs.ts';
import { TriggerReconciler } from '../../../k8s/operator/trigger/reconciler.ts';
import { endpointOf } from '../../../src/client/ask.ts';
import { ModelChain } from './support/model-chain.ts';
import { ModelCluster } from './support/model-cluster.ts';
import { CREATED, someTrigger } from './support/some-trigger.ts';

const HOUR_MS = 3_600_000;

function contextOf(clock: { now: number }, cluster = new ModelCluster(someTrigger())): ReconcileContext {
  return {
    cluster: cluster.seenBy(null),
    events: { record() {} },
    signal: new AbortController().signal,
    now: () => clock.now,
    steadyNow: () => clock.now,
    outside: (_host, call) => call(),
  };
}

it('asks an index that does not answer less and less often, for all triggers together', async () => {
  let asked = 0;
  const server = createServer((_request, response) => {
    asked++;
    response.writeHead(502).end('Bad gateway');
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const endpoint = endpointOf(`http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`);
  const clock = { now: 0 };
  const silences = new Silences<string>(SILENT_INDEX_TIMES);
  const query = { query: '{ chain { network } }', variables: {} };
  // Two triggers, which are woken every second.
  for (; clock.now < HOUR_MS; clock.now += 1_000) {
    for (let trigger = 0; trigger < 2; trigger++) {
      const ask = accessIndex(endpoint, contextOf(clock), silences);
      const refused = { condition: 'IndexReady', reason: 'IndexUnreachable', message: expect.stringContaining('502') };
      await expect(ask(query)).rejects.toMatchObject(refused);
    }
  }
  expect(asked).toBeGreaterThan(50);
  expect(asked).toBeLessThan(150);
  server.closeAllConnections();
  server.close();
});

it('says that the address of an index is invalid', async () => {
  const trigger = someTrigger({ event: 'TransactionMatched', index: { url: 'http://10.0.0.256/graphql' } });
  const refused = { condition: 'Stalled', reason: 'BadAddress', message: expect.stringContaining('http://10.0.0.256') };
  await expect(indexEndpoint(trigger, contextOf({ now: 0 }).cluster)).rejects.toMatchObject(refused);
});

it('says of a node with another disk that it is behind the trigger, not that it does not answer', async () => {
  const chain = new ModelChain();
  chain.extend(3);
  let current = chain;
  const cluster = new ModelCluster(someTrigger({ fromHeight: 0 }));
  const reconciler = new TriggerReconciler(undefined, async () => ({ node: {} as BitcoinNode, chain: current }));
  const context = contextOf({ now: Date.parse(CREATED) }, cluster);
  await reconciler.reconcile(cluster.trigger, context);
  current = new ModelChain();
  await reconciler.reconcile(cluster.trigger, context);
  const ready = cluster.trigger.status?.conditions?.find(({ type }) => type === 'NodeReady');
  expect(ready).toMatchObject({ status: 'False', reason: 'BehindTrigger' });
});

it('retries permanent failures less and less often', async () => {
  const clock = { now: 0 };
  const context = contextOf(clock);
  const behind = () => nodeObstacle('Unreachable', 'It does not answer.', undefined, 1_000);
  const reconciler = new TriggerReconciler(undefined, async () => {
    throw behind();
  });
  const waits: number[] = [];
  for (let times = 0; times < 12; times++) {
    waits.push((await reconciler.reconcile(someTrigger(), context)).requeueAfterMs!);
    clock.now += waits.at(-1)!;
  }
  expect(waits[0]).toBeLessThanOrEqual(1_000);
  expect(Math.min(...waits.slice(-4))).toBeGreaterThanOrEqual(15_000);
  expect(Math.max(...waits)).toBeLessThanOrEqual(30_000);
});
