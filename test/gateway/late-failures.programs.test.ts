import { afterAll, beforeAll, expect, it } from 'vitest';
import { Sandbox } from '../../dev/sandbox.ts';
import { GatewayProcess } from '../support/gateway-process.ts';
import { sqliteHome } from '../support/indexer-process.ts';
import { MovingChain } from '../support/moving-chain.ts';
import { dataScript, p2pkhScript } from '../support/synthetic-chain.ts';
import { post } from './support.ts';

const home = sqliteHome();
const sandbox = new Sandbox('late-failures');
let chain: MovingChain;
let gateway: GatewayProcess;

beforeAll(async () => {
  chain = await MovingChain.create([{ value: 50, script: p2pkhScript(1) }], await home.open());
  const large = Array.from({ length: 50 }, (_, index) =>
    chain.make(
      [{ txid: new Uint8Array(32).fill(7), index }],
      [{ value: 0, script: dataScript([new Uint8Array(50_000)]) }],
    ),
  );
  await chain.commit({ connect: [large] });
  gateway = await GatewayProcess.start(sandbox, home);
});
afterAll(async () => {
  await sandbox.close();
  await chain.close();
  await home[Symbol.asyncDispose]();
});

it('an answer that grows too large while parts of it wait for their turn is refused, and its process continues', async () => {
  const transactions = 'transactions(first: 50) { nodes { hex x: hex y: hex outputs(first: 2) { lockingScript } } }';
  const query = `{ ${Array.from({ length: 10 }, (_, i) => `b${i}: block(height: 1) { ${transactions} }`).join(' ')} }`;
  for (let round = 0; round < 4; round++) {
    const answers = await Promise.all([1, 2, 3].map(() => post(gateway.url, query)));
    for (const { errors } of answers) {
      expect(['BUDGET_EXCEEDED', 'OVERLOADED']).toContain(errors?.[0]?.extensions.code);
    }
  }
  expect(gateway.pid).toBeDefined();
});
