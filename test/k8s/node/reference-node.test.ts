import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { rpcAt } from '../../../k8s/operator/node/connection.ts';
import { compareWith } from '../../../k8s/operator/node/references.ts';
import { askWithin } from '../../../k8s/operator/node/silence.ts';
import { CallsDeadline } from '../../../k8s/operator/runtime/outside-calls.ts';
import type { Outside } from '../../../k8s/operator/runtime/reconciler.ts';

const LOGIN = { username: 'me', password: 'secret' };
const HEIGHT = 40;
/** Each single call is fast enough, but ten of them take longer than a reference may. */
const CALL_MS = 700;

const stack: (() => void)[] = [];

afterEach(() => {
  for (const close of stack.splice(0)) close();
});

/** A node with its own blocks from height 10 on, which takes time for each call. */
async function nodeOf(chain: string, callMs: number) {
  const hashAt = (height: number) => (height < 10 ? 'c' : chain) + height.toString(16).padStart(63, '0');
  const info = {
    ...{ chain: 'main', blocks: HEIGHT, headers: HEIGHT, bestblockhash: hashAt(HEIGHT), mediantime: 1 },
    ...{ chainwork: 'ff', initialblockdownload: false, verificationprogress: 1, pruned: false },
  };
  const answer: RequestListener = async (request, response) => {
    const { id, method, params } = JSON.parse(Buffer.concat(await request.toArray()).toString());
    await sleep(callMs);
    const result = method === 'getblockchaininfo' ? info : hashAt(params[0]);
    response.end(JSON.stringify({ id, error: null, result }));
  };
  const server = createServer(answer);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  stack.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return rpcAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, LOGIN);
}

const compare = async (oursMs: number, theirsMs: number) => {
  const [ours, theirs] = await Promise.all([nodeOf('a', oursMs), nodeOf('b', theirsMs)]);
  const reference = { name: 'other', rpc: theirs, url: '', address: '', problem: '' };
  const outside: Outside = (_, call) => call();
  using patience = new CallsDeadline(60_000, () => new Error('the test takes too long'));
  const asking = { outside, signal: patience.signal };
  return await compareWith({ ask: askWithin(ours, patience, outside), height: HEIGHT }, reference, 2, asking);
};

it('finds where a reference that answers at once diverges from a node', async () => {
  expect(await compare(0, 0)).toMatchObject({ name: 'other', forkHeight: 9 });
});

it('gives up a reference whose calls take too long together, though each is answered', async () => {
  const comparison = await compare(0, CALL_MS);
  expect(comparison).toEqual({ name: 'other', why: 'It did not answer all calls within 5 s.', isSilent: true });
});

it('does not count the time of the node itself as that of the reference', async () => {
  expect(await compare(CALL_MS, 0)).toMatchObject({ name: 'other', forkHeight: 9 });
});
