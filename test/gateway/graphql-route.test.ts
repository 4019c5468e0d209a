import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect, it } from 'vitest';
import { OpenAnswers } from '../../src/gateway/http/contexts.ts';

it('an answer is over at once where its client has gone before it was begun', async () => {
  const over: string[] = [];
  const answers = new OpenAnswers();
  const asked = Promise.withResolvers<void>();
  const server = createServer(async (request, response) => {
    const { socket, url } = request;
    answers.onceOver(socket, response, () => over.push(`early ${url}`));
    asked.resolve();
    if (!socket.destroyed) await once(socket, 'close');
    answers.onceOver(socket, response, () => over.push(`late ${url}`));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.write('GET /a HTTP/1.1\r\nhost: x\r\n\r\nGET /b HTTP/1.1\r\nhost: x\r\n\r\n');
  await asked.promise;
  client.destroy();
  await expect.poll(() => [...over].sort()).toEqual(['early /a', 'early /b', 'late /a', 'late /b']);
  server.close();
});
