import type { GraphQLNamedType } from 'graphql';

/** Fields of a type by the words that bitcoind, explorers and other APIs have for them. The way to a field further down has dots. */
type Words = Readonly<Record<string, string>>;

/**
 * The words are in lower case, without "_". docs/glossary.md has more. Words that GraphQL itself recognises, because they are
 * written almost like the field, are left out.
 */
export const FOREIGN_WORDS: Readonly<Record<string, Words>> = {
  Query: {
    tx: 'transaction',
    txs: 'transactions',
    utxo: 'outputs',
    utxos: 'outputs',
    listunspent: 'outputs',
    txout: 'output',
    tip: 'chain.tip',
    height: 'chain.tip.height',
    blockcount: 'chain.tip.height',
    fees: 'feeEstimates',
    estimatefee: 'feeEstimates',
    estimatesmartfee: 'feeEstimates',
    mempoolblocks: 'projectedBlocks',
    xpub: 'wallet',
    descriptor: 'wallet',
    testmempoolaccept: 'testTransactions',
  },
  Mutation: { sendrawtransaction: 'broadcastTransaction', submitpackage: 'broadcastPackage' },
  Transaction: {
    id: 'txid',
    hash: 'txid',
    vin: 'inputs',
    vout: 'outputs',
    vsize: 'virtualSize',
    blockhash: 'block.hash',
    blockheight: 'block.height',
    blocktime: 'block.time',
    timestamp: 'block.time',
    status: 'confirmations',
    rbf: 'replaceable',
    raw: 'hex',
    rawtx: 'hex',
  },
  Input: {
    n: 'index',
    txid: 'previousTxid',
    vout: 'previousIndex',
    prevout: 'spentOutput',
    script: 'unlockingScript',
    scriptsig: 'unlockingScript',
    txinwitness: 'witness',
  },
  Output: {
    n: 'index',
    vout: 'index',
    amount: 'value',
    satoshis: 'value',
    script: 'lockingScript',
    scriptpubkey: 'lockingScript',
    spent: 'spentBy',
    spenttxid: 'spentBy.transaction.txid',
  },
  SpentOutput: { amount: 'value', satoshis: 'value', script: 'lockingScript', scriptpubkey: 'lockingScript' },
  Block: {
    id: 'hash',
    tx: 'transactions',
    txs: 'transactions',
    ntx: 'transactionCount',
    txcount: 'transactionCount',
    timestamp: 'time',
    previousblockhash: 'previousHash',
    nextblockhash: 'next.hash',
  },
  Address: { utxo: 'unspentOutputs', utxos: 'unspentOutputs', txs: 'transactions', history: 'transactions' },
  Wallet: { utxo: 'unspentOutputs', utxos: 'unspentOutputs', txs: 'transactions', history: 'transactions' },
  Mempool: {
    size: 'count',
    vsize: 'virtualSize',
    totalfee: 'fees',
    txs: 'transactions',
    txids: 'transactions.nodes.txid',
  },
  Chain: { blocks: 'tip.height', bestblockhash: 'tip.hash' },
  TransactionFilter: {
    vin: 'inputs',
    vout: 'outputs',
    height: 'block',
    blockheight: 'block',
    timestamp: 'time',
    vsize: 'virtualSize',
    amount: 'outputs.value',
    rbf: 'signalsReplacement',
    replaceable: 'signalsReplacement',
  },
  OutputFilter: { n: 'index', vout: 'index', amount: 'value', scriptpubkey: 'lockingScript' },
  InputFilter: { amount: 'value', scriptsig: 'unlockingScript', scriptpubkey: 'lockingScript', prevout: 'spends' },
};

/** How a type calls what a client asked it for in a word of another API; null if the word is not known. */
export function adviceForWord(type: GraphQLNamedType, word: string): string | null {
  const way = FOREIGN_WORDS[type.name]?.[word.toLowerCase().replaceAll('_', '')];
  return way === undefined ? null : `Here it is called ${nested(way.split('.'))}.`;
}

function nested([name, ...below]: readonly string[]): string {
  return below.length === 0 ? name! : `${name} { ${nested(below)} }`;
}
