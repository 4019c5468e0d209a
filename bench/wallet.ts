import { parseArgs } from 'node:util';
import { Sandbox } from '../dev/sandbox.ts';
import { BlockListNode } from '../indexer/node/block-list-node.ts';
import { addressOf } from '../src/chain/address.ts';
import { hashToHex } from '../src/chain/bytes.ts';
import { networkById } from '../src/chain/networks.ts';
import { openStore } from '../src/store/open.ts';
import { parseDescriptor } from '../src/wallet/descriptor.ts';
import { ScriptChain } from '../src/wallet/script-chain.ts';
import { BITQL, cleanEnvironment } from '../test/cli/support.ts';
import { indexQuietly } from '../test/support/index-quietly.ts';
import { PUBLISHED, withPrefix } from '../test/wallet/keys.ts';
import { untilServing } from './processes.ts';
import { type Times, timesOf } from './times.ts';
import { makeWalletChain } from './wallet/made-chain.ts';

export const OPTIONS = {
  /** Of the chain. */
  transactions: { type: 'string', default: '100000' },
  /** Of the wallet, over both chains; those of the gap come on top. */
  addresses: { type: 'string', default: '460' },
  requests: { type: 'string', default: '40' },
} as const;

/** What the p50 of the first question is to be below, in milliseconds. */
const TARGET_MS = 150;
const NETWORK = networkById('btc-regtest');
const DESCRIPTOR = `wpkh(${withPrefix(PUBLISHED.bip84, 'tpub')}/<0;1>/*)`;

/** A query and its variables. */
interface Question {
  readonly query: string;
  readonly variables: object;
}

/** How long a gateway takes, on SQLite, for questions about many things at once: a wallet, its addresses, outputs and transactions. */
export async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: OPTIONS });
  await using stack = new AsyncDisposableStack();
  const sandbox = stack.adopt(new Sandbox('bench-wallet'), (it) => it.close());
  const { template, chains } = parseDescriptor(DESCRIPTOR, NETWORK);
  const scripts = chains.flatMap((chain) => new ScriptChain(template, chain).derive(0, Number(values.addresses) / 2));
  const { blocks, txids } = makeWalletChain(Number(values.transactions), scripts);
  const file = `${sandbox.folder}/chain.db`;
  const store = await openStore({ kind: 'sqlite', file }, { cacheMiB: 64 });
  await indexQuietly({ store, node: new BlockListNode(NETWORK, 0, blocks), once: true });
  await store.close();
  const serve = [BITQL, 'serve', '--port', '0', '--store', `sqlite:${file}`, '--tiers', 'none'];
  const gateway = sandbox.start('gateway', process.execPath, serve, cleanEnvironment());
  const url = await untilServing(gateway);
  const addresses = scripts.map((script) => addressOf(script, NETWORK)!);
  const some = txids.filter((_, i) => i % Math.ceil(txids.length / 500) === 0).map(hashToHex);
  const results: Record<string, Times & { readonly first_ms: number }> = {};
  for (const [name, question] of Object.entries(questionsAbout(addresses, some))) {
    const durations: number[] = [];
    for (let i = 0; i <= Number(values.requests); i++) durations.push(await timeOf(url, question));
    const [first, ...others] = durations;
    results[name] = { first_ms: Math.round(first!), ...timesOf(others) };
  }
  console.table(results);
  const met = results['wallet: all of it']!.p50_ms < TARGET_MS;
  console.log(
    JSON.stringify({ bench: 'wallet', transactions: txids.length, addresses: addresses.length, results, met }),
  );
}

function questionsAbout(addresses: readonly string[], txids: readonly string[]): Record<string, Question> {
  const used =
    'addresses { chain index path used address { address } } chains { nextUnused { path address { address } } }';
  const lists =
    'transactions { nodes { txid fee block { height } } } unspentOutputs { nodes { index value transaction { txid } } }';
  const balance = 'balance { received spent unspent transactionCount }';
  const wallet = (fields: string) => ({
    query: `query ($d: String) { wallet(descriptor: $d) { ${fields} } }`,
    variables: { d: DESCRIPTOR },
  });
  const all = (fields: string) => ({
    query: `query ($a: [String!]!) { addresses(addresses: $a) { ${fields} } }`,
    variables: { a: addresses },
  });
  return {
    'wallet: all of it': wallet(`complete ${used} ${lists} ${balance}`),
    'wallet: addresses': wallet(used),
    'addresses: balance': all(`address ${balance}`),
    'addresses: 3 unspent outputs of each': all(
      'address unspentOutputs(first: 3) { nodes { index value transaction { txid } } }',
    ),
    'outputs: 100 of all addresses': {
      query: `query ($a: [String!]!) { outputs(filter: { addresses: $a, spent: false }, first: 100) { nodes { value address } } }`,
      variables: { a: addresses },
    },
    'transactionsByIds: 500': {
      query: 'query ($t: [Hash!]!) { transactionsByIds(txids: $t) { txid fee block { height } } }',
      variables: { t: txids },
    },
  };
}

/** How long it takes until the answer is read, in milliseconds. @throws if it has an error */
async function timeOf(url: string, question: Question): Promise<number> {
  const begun = performance.now();
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(question),
  });
  const text = await response.text();
  const duration = performance.now() - begun;
  const { errors } = JSON.parse(text) as { errors?: readonly { readonly message: string }[] };
  if (errors !== undefined) throw new Error(errors[0]!.message);
  return duration;
}
