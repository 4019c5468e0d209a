import type { Landmarks } from '../crafted-chain.ts';
import { honest, hostile, type Shape } from '../shape.ts';
import { aliases, nest } from './texts.ts';

const FIRSTS = [1, 25, 100];
const BLOCK = `hash height onMainChain confirmations version header previousHash merkleRoot time date medianTime bits
  difficulty nonce chainWork size strippedSize weight transactionCount inputCount outputCount outputValue fees`;
const TRANSACTION = `txid wtxid blockIndex confirmations firstSeen replacedBy coinbase version lockTime size strippedSize
  weight virtualSize inputCount outputCount inputValue outputValue fee feeRate feeUnknown`;
const PAYMENTS = `txid fee inputs(first: 25) { previousTxid previousIndex spentOutput { value address } }
  outputs(first: 25) { value address type }`;
const ALL_PAYMENTS = `txid inputs { previousTxid previousIndex spentOutput { value address } }
  outputs { value address type }`;
const STATUS = 'network tip { hash } nodeTip { hash } lag synced cursor coverage { from to } split { hash }';

/** All root fields and their lists, in intended queries. */
export function lists({ txids, ordinaryHeight, ordinaryAddress, tipHeight }: Landmarks): Shape[] {
  return [
    ...honest({
      'chain, small': '{ chain { network } }',
      'chain, all': `{ chain { ${STATUS} } }`,
      mempool: '{ mempool { count virtualSize fees histogram { feeRateFrom count virtualSize } } }',
      'pending, 25': `{ transactions(filter: { confirmed: false }, first: 25) { nodes { ${PAYMENTS} firstSeen } } }`,
      'a block, 50 with payments': `{ block(height: ${ordinaryHeight}) { transactions(first: 50) { nodes { ${PAYMENTS} } } } }`,
      ...each(FIRSTS, 'blocks, N', `{ blocks(first: N) { nodes { ${BLOCK} } pageInfo { endCursor } } }`),
      'transactions, 100 with all inputs and outputs': `{ transactions(first: 100) { nodes { ${ALL_PAYMENTS} } } }`,
      ...each(FIRSTS, 'transactions, N', '{ transactions(first: N) { nodes { txid block { height } } } }'),
    }),
    ...honest({ 'block, by height': `query ($height: Int) { block(height: $height) { ${BLOCK} } }` }, (turn) => ({
      height: turn % tipHeight,
    })),
    ...honest(
      {
        'transaction, all of it': ofTransaction(TRANSACTION),
        'transaction, payments': ofTransaction(PAYMENTS),
        'transaction, data': ofTransaction('outputs(first: 5) { data { pushes { utf8 hex } } }'),
      },
      (turn) => ({ txid: txids[turn % txids.length] }),
    ),
    ...honest(
      {
        address: ofAddress('address type lockingScript'),
        'address, balance': ofAddress('balance { received spent unspent }'),
        ...each(FIRSTS, 'transactions of an address, N', ofAddress('transactions(first: N) { nodes { txid fee } }')),
        ...each(FIRSTS, 'unspent outputs, N', ofAddress('unspentOutputs(first: N) { nodes { value index } }')),
      },
      { address: ordinaryAddress },
    ),
  ];
}

/** The longest lists, and as many of them as possible. */
export function longLists({ ordinaryHeight, busyAddress }: Landmarks): Shape[] {
  const balance = (alias: string) => `${alias}: address(address: "${busyAddress}") { balance { received } }`;
  const ofBusy = (inner: string) => `{ address(address: "${busyAddress}") { ${inner} } }`;
  const ofAll = (inner: string) => `{ transactions(first: 100) { nodes { ${inner} } } }`;
  return hostile({
    'balance of 20,000': `{ ${balance('a')} }`,
    '20 balances of 20,000': `{ ${aliases(20, balance)} }`,
    'transactions of 20,000, 100': ofBusy('transactions(first: 100) { nodes { txid fee } }'),
    'unspent outputs of 20,000, 100': ofBusy('unspentOutputs(first: 100) { nodes { value } }'),
    '20 lists of 100': `{ ${aliases(20, (alias) => `${alias}: transactions(first: 100) { nodes { txid } }`)} }`,
    'blocks, 100 and 9 before each': `{ blocks(first: 100) { nodes { ${nest(9, 'previous { ', 'height', ' }')} } } }`,
    'block, and 10 behind it': `{ block(height: 5) { ${nest(10, 'next { ', 'height', ' }')} } }`,
    'block of each of 100': ofAll('block { header merkleRoot chainWork }'),
    'conflicts of 100': ofAll('conflicts { txid }'),
    'replacedBy and removed of 100': ofAll('replacedBy removed { by } firstSeen'),
    'a block, 100 as hex': `{ block(height: ${ordinaryHeight}) { transactions(first: 100) { nodes { hex } } } }`,
  });
}

function ofTransaction(inner: string): string {
  return `query ($txid: Hash!) { transaction(txid: $txid) { ${inner} } }`;
}

function ofAddress(inner: string): string {
  return `query ($address: String!) { address(address: $address) { ${inner} } }`;
}

/** A query for each number, which replaces N in its name and text. */
function each(numbers: readonly number[], name: string, query: string): Record<string, string> {
  const put = (text: string, n: number) => text.replace(/\bN\b/, String(n));
  return Object.fromEntries(numbers.map((n) => [put(name, n), put(query, n)]));
}
