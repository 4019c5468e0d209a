import { PUBLISHED, withOtherChainCode, withPrefix } from '../../../test/wallet/keys.ts';
import type { Landmarks } from '../crafted-chain.ts';
import { honest, hostile, type Shape } from '../shape.ts';

const TPUB = withPrefix(PUBLISHED.bip84, 'vpub');
const SOME = 25;

const ADDRESSES = (inner: string) => `query ($addresses: [String!]!) { addresses(addresses: $addresses) { ${inner} } }`;
const BY_IDS = (inner: string) => `query ($txids: [Hash!]!) { transactionsByIds(txids: $txids) { ${inner} } }`;
const OUTPUTS = (args: string) => `query ($filter: OutputFilter!) {
  outputs(filter: $filter, ${args}) { nodes { value index spentBy { index } } pageInfo { endCursor } } }`;
const WALLET = (args: string, inner: string) => `query ($xpub: String) { wallet(xpub: $xpub, ${args}) { ${inner} } }`;
const WHOLE_WALLET = 'addresses { address { address } used } balance { received } transactions { nodes { txid } }';

/** Many things at once, and wallets. */
export function many({ txids, addresses, busyAddress, ordinaryAddress, outputs }: Landmarks): Shape[] {
  const output =
    'query ($txid: Hash!, $index: Int!) { output(txid: $txid, index: $index) { value spentBy { index } } }';
  return [
    ...honest({ 'addresses, 25, balances': ADDRESSES('balance { unspent }') }, { addresses: addresses.slice(0, SOME) }),
    ...honest({ 'transactions by ids, 25': BY_IDS('fee outputs { value }') }, { txids: txids.slice(0, SOME) }),
    ...honest({ output }, (turn) => ({ txid: txids[turn % txids.length], index: 0 })),
    ...honest(
      { 'outputs of an address, 25': OUTPUTS('first: 25'), 'outputs of an address, 100': OUTPUTS('first: 100') },
      { filter: { address: ordinaryAddress } },
    ),
    ...honest({ 'a wallet, asked again': WALLET('gapLimit: 20', WHOLE_WALLET) }, { xpub: TPUB }),
    ...hostile(
      {
        '1,000 addresses, nothing of them': ADDRESSES('address'),
        '1,000 addresses, balances': ADDRESSES('balance { received }'),
        '1,000 addresses, with what is pending': ADDRESSES('balance { pending { received } }'),
        '1,000 addresses, a transaction of each': ADDRESSES('transactions(first: 1) { nodes { txid } }'),
        '1,000 addresses, an output of each': ADDRESSES('unspentOutputs(first: 1) { nodes { value } }'),
      },
      { addresses },
    ),
    ...hostile({ '1,000 texts that are no addresses': ADDRESSES('address') }, (turn) => ({
      addresses: addresses.map((_, i) => `${turn} ${i} is none`),
    })),
    ...hostile(
      { 'transactions by 1,000 ids': BY_IDS('fee'), 'transactions by 1,000 ids, hex': BY_IDS('hex') },
      { txids },
    ),
    ...hostile({ 'an output of 90,000': output }, (turn) => ({ txid: outputs, index: turn % 1_000 })),
    ...hostile(
      { 'outputs, spent, of 20,000': OUTPUTS('first: 100') },
      { filter: { address: busyAddress, spent: true } },
    ),
    ...hostile(
      { 'outputs, a scan for nothing': OUTPUTS('first: 100, scan: true') },
      { filter: { value: { gt: 2_000_000_000_000_000 } } },
    ),
    ...hostile({ 'outputs of 1,000 addresses': OUTPUTS('first: 100') }, { filter: { addresses } }),
    ...hostile(
      {
        'a wallet, always another': WALLET('gapLimit: 20', 'complete'),
        'a wallet, always another, 100': WALLET('gapLimit: 100', 'complete'),
      },
      (turn) => ({ xpub: withOtherChainCode(TPUB, turn) }),
    ),
  ];
}
