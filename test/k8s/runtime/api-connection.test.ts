import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';
import { expect, it } from 'vitest';
import { until } from '../../../dev/until.ts';
import { ApiConnection, RateLimit } from '../../../k8s/operator/runtime/api-connection.ts';
import { NO_OPERATOR_OBSERVER } from '../../../k8s/operator/runtime/observer.ts';
import { endless } from '../../support/endless.ts';

it.each([200, 500])('an endless answer of a cluster is cut off: HTTP %i', async (status) => {
  let isOpen = true;
  const server = createServer((_, response) => {
    response.on('close', () => {
      isOpen = false;
    });
    endless(response.writeHead(status), Buffer.alloc(1024 * 1024, ' '));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  try {
    const config = new KubeConfig();
    const { port } = server.address() as AddressInfo;
    config.loadFromClusterAndUser(
      { name: 'odd', server: `http://127.0.0.1:${port}`, skipTLSVerify: true },
      { name: 'me' },
    );
    const asked = new ApiConnection(config, NO_OPERATOR_OBSERVER, 60_000).json({ method: 'GET', path: '/api' });
    await expect(asked).rejects.toMatchObject({
      code: 'CLUSTER_UNAVAILABLE',
      message: expect.stringContaining('it is longer than'),
    });
    await until('the connection to end', () => !isOpen);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

const PER_SECOND = 100;
/** The number of turns that are immediate after two quiet seconds. */
const BURST = 200;

it('lets the configured number through, in their order', async () => {
  const rate = new RateLimit(PER_SECOND);
  const order: number[] = [];
  const begun = performance.now();
  const turns = Array.from({ length: BURST + 50 }, (_, n) => rate.turn().then(() => order.push(n)));
  await Promise.all(turns);
  // Timers are never early, but may be late.
  expect(performance.now() - begun).toBeGreaterThanOrEqual((50 * 1_000) / PER_SECOND - 20);
  expect(order).toEqual([...order].sort((a, b) => a - b));
  expect(order).toHaveLength(BURST + 50);
});

it('does not hold a caller that has to end', async () => {
  const rate = new RateLimit(0.001);
  const stop = new AbortController();
  const waiting = rate.turn(stop.signal).then(() => rate.turn(stop.signal));
  stop.abort();
  await waiting;
});
