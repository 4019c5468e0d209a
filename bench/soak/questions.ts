import { keyPairOf } from '../../dev/lock.ts';
import { keyHash } from '../../test/support/locks.ts';
import type { Random } from '../chain/random.ts';
import type { Operation } from '../live/subscription.ts';

/** Values from earlier answers that queries may ask about. */
export interface Known {
  txids: readonly string[];
  height: number;
}

const PAYEES = 20;
/** Those of `Traffic` that are paid by key hash. */
const payee = (random: Random) => keyHash(keyPairOf(`payee ${1 + 3 * random.below(PAYEES / 3)}`)).address!;
const miner = (random: Random) => keyHash(keyPairOf(`miner ${random.below(100)}`)).address!;

const FLOW =
  'txid inputs { spentOutput { value address } } outputs { value address spentBy { index transaction { txid } } }';

/**
 * The queries of an app, by their names in the report. Each costs the same late in a run as early, because it is limited by
 * `first`, or selects data that does not grow.
 */
export const QUESTIONS: Readonly<Record<string, (random: Random, known: Known) => Operation>> = {
  chain: () => ({
    query: '{ chain { network tip { height hash time } lag cursor } mempool { count fees } }',
  }),
  newest: () => ({ query: `{ transactions(first: 30) { nodes { ${FLOW} removed { reason } } } }` }),
  unconfirmed: () => ({
    query: `{ transactions(first: 25, filter: { confirmed: false }) { nodes { txid fee feeRate firstSeen } } }`,
  }),
  transaction: (random, { txids }) => ({
    query: `query ($txid: Hash!) { transaction(txid: $txid) { ${FLOW} hex confirmations removed { reason by } conflicts { txid } block { height } } }`,
    variables: { txid: txids[random.below(txids.length)] },
  }),
  address: (random) => ({
    query: `query ($of: String!) { address(address: $of) {
      transactions(first: 10) { nodes { txid fee block { height } } } unspentOutputs(first: 10) { nodes { value transaction { txid } } }
    } }`,
    variables: { of: payee(random) },
  }),
  balance: (random) => ({
    query: 'query ($of: String!) { address(address: $of) { balance { unspent transactionCount } } }',
    variables: { of: miner(random) },
  }),
  data: (random) => ({
    query: `query ($text: String!) { transactions(first: 10, filter: { data: [{ pushes: [{ index: 1, equals: { utf8: $text } }] }] }) {
      nodes { txid outputs { data { pushes { utf8 } } } }
    } }`,
    variables: { text: String(random.below(50)) },
  }),
  blocks: () => ({
    query: '{ blocks(first: 10) { nodes { height hash size transactionCount fees previous { hash } } } }',
  }),
  range: (random, { height }) => ({
    query: `query ($from: Int!, $to: Int!) { transactions(order: OLDEST_FIRST, first: 50, filter: { block: { from: $from, to: $to } }) {
      nodes { txid blockIndex } pageInfo { endCursor }
    } }`,
    variables: rangeBelow(height, random),
  }),
};

/** Some blocks far enough below the tip to stay. */
function rangeBelow(height: number, random: Random): { from: number; to: number } {
  const from = random.below(Math.max(1, height - 20));
  return { from, to: from + 10 };
}
