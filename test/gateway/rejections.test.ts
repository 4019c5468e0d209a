import { afterAll, beforeAll, expect, it } from 'vitest';
import { MovingChain } from '../support/moving-chain.ts';
import { dataScript, p2pkhScript } from '../support/synthetic-chain.ts';
import { post, serve, type TestGateway } from './support.ts';

let chain: MovingChain;
let gateway: TestGateway;

beforeAll(async () => {
  chain = await MovingChain.create([{ value: 50, script: p2pkhScript(1) }]);
  const large = Array.from({ length: 40 }, (_, index) =>
    chain.make(
      [{ txid: new Uint8Array(32).fill(7), index }],
      [{ value: 0, script: dataScript([new Uint8Array(50_000)]) }],
    ),
  );
  await chain.commit({ connect: [large] });
  gateway = await serve(chain.store);
});
afterAll(async () => {
  await gateway.close();
  await chain.close();
});

/** What fails unheard fails this test, too: it would end a process. */
it('an answer that grows too large while parts of it wait for their turn is refused, and nothing else', async () => {
  const transactions = 'transactions(first: 40) { nodes { hex x: hex y: hex outputs(first: 2) { lockingScript } } }';
  const query = `{ ${Array.from({ length: 10 }, (_, i) => `b${i}: block(height: 1) { ${transactions} }`).join(' ')} }`;
  for (let round = 0; round < 4; round++) {
    const answers = await Promise.all([1, 2, 3].map(() => post(gateway.url, query)));
    for (const { errors } of answers) {
      expect(['BUDGET_EXCEEDED', 'OVERLOADED']).toContain(errors?.[0]?.extensions.code);
    }
  }
});
