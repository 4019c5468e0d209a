import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';
import { expect, it } from 'vitest';
import { until } from '../../../dev/until.ts';
import { ApiConnection } from '../../../k8s/operator/runtime/api-connection.ts';
import { NO_OPERATOR_OBSERVER } from '../../../k8s/operator/runtime/observer.ts';
import { endless } from '../../support/endless.ts';

it.each([200, 500])('an answer of a cluster that has no end is left: HTTP %i', async (status) => {
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
