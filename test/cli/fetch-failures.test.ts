import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, it } from 'vitest';
import { freePort } from '../../dev/free-port.ts';
import { bitql } from './support.ts';

async function refusalAt(endpoint: string): Promise<string> {
  const { code, stderr } = await bitql(['query', '{ chain { lag } }', '--endpoint', endpoint]);
  expect(code).toBe(1);
  return stderr;
}

it("an endpoint that cannot be asked is described in BitQL's own words", async () => {
  const server = createServer((socket) =>
    socket
      .on('error', () => {})
      .resume()
      .end('SSH-2.0-x\r\n'),
  );
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  expect(await refusalAt('http://127.0.0.1:6000/graphql')).toContain('HTTP clients refuse to use this port');
  expect(await refusalAt(`http://127.0.0.1:${await freePort()}/graphql`)).toContain('nothing listens there');
  expect(await refusalAt(`http://127.0.0.1:${port}/graphql`)).toContain('does not speak HTTP');
  expect(await refusalAt(`https://127.0.0.1:${port}/graphql`)).toContain('does not speak TLS');
  await new Promise((resolve) => server.close(resolve));
});

it('watch describes a refused port as query does', async () => {
  const { code, stderr } = await bitql(['watch', '--endpoint', 'http://127.0.0.1:6000/graphql']);
  expect(code).toBe(1);
  expect(stderr).toContain(
    'HTTP clients refuse to use this port: let the server listen on another one (--port of a gateway',
  );
});
