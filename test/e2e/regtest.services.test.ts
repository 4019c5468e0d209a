import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toSatoshis } from '../../dev/core-calls.ts';
import { type RegtestNode, startRegtest } from '../../dev/regtest.ts';
import { Sandbox } from '../../dev/sandbox.ts';
import { LiveNode } from '../../indexer/node/live-node.ts';
import { type Gateway, startGateway } from '../../src/gateway/server.ts';
import { parseNodeAddress } from '../../src/rpc/credentials.ts';
import type { StoreLocation } from '../../src/store/location.ts';
import { openStore } from '../../src/store/open.ts';
import type { ChainStore } from '../../src/store/store.ts';
import { describeWith } from '../services/suite.ts';
import { ask, askAll } from '../support/graphql.ts';
import { indexQuietly } from '../support/index-quietly.ts';
import { temporaryDatabase } from '../support/temporary-store.ts';
import {
  BUSY,
  buildVariedChain,
  MANY_OUTPUTS,
  PAGING_COUNT,
  PAGING_TEXT,
  type VariedChain,
} from '../support/varied-chain.ts';

interface NodeScript {
  readonly hex: string;
  readonly address?: string;
}

/** A transaction of `getblock HASH 3`. */
interface NodeTransaction {
  readonly txid: string;
  readonly hash: string;
  readonly version: number;
  readonly size: number;
  readonly vsize: number;
  readonly weight: number;
  readonly locktime: number;
  readonly hex: string;
  readonly fee?: number;
  readonly vin: readonly {
    readonly coinbase?: string;
    readonly txid?: string;
    readonly vout?: number;
    readonly scriptSig?: { readonly hex: string };
    readonly txinwitness?: readonly string[];
    readonly sequence: number;
    readonly prevout?: { readonly value: number; readonly scriptPubKey: NodeScript };
  }[];
  readonly vout: readonly { readonly value: number; readonly n: number; readonly scriptPubKey: NodeScript }[];
}

interface NodeBlock {
  readonly hash: string;
  readonly height: number;
  readonly version: number;
  readonly merkleroot: string;
  readonly time: number;
  readonly mediantime: number;
  readonly nonce: number;
  readonly bits: string;
  readonly difficulty: number;
  readonly chainwork: string;
  readonly previousblockhash?: string;
  readonly nextblockhash?: string;
  readonly size: number;
  readonly strippedsize: number;
  readonly weight: number;
  readonly nTx: number;
  readonly tx: readonly NodeTransaction[];
}

const INPUTS = `inputs(offset: $offset) {
  index coinbase previousTxid previousIndex unlockingScript sequence witness spentOutput { value lockingScript address }
}`;
const OUTPUTS = 'outputs(offset: $offset) { index value lockingScript address spentBy { index transaction { txid } } }';
const TRANSACTION = `txid wtxid version lockTime size virtualSize weight coinbase hex fee blockIndex block { hash } ${INPUTS} ${OUTPUTS}`;

interface AnsweredTransaction {
  readonly txid: string;
  readonly inputs: readonly object[];
  readonly outputs: readonly object[];
}

/** A transaction of the node with the names of the schema. */
function inOurWords(
  tx: NodeTransaction,
  blockIndex: number,
  hash: string,
  spenders: ReadonlyMap<string, object>,
): object {
  const coinbase = tx.vin[0]!.coinbase !== undefined;
  return {
    txid: tx.txid,
    wtxid: tx.hash,
    version: tx.version >>> 0,
    lockTime: tx.locktime,
    size: tx.size,
    virtualSize: tx.vsize,
    weight: tx.weight,
    coinbase,
    hex: tx.hex,
    fee: coinbase ? null : toSatoshis(tx.fee!),
    blockIndex,
    block: { hash },
    inputs: tx.vin.map((input, index) => ({
      index,
      coinbase,
      previousTxid: input.txid ?? null,
      previousIndex: input.vout ?? null,
      unlockingScript: input.coinbase ?? input.scriptSig!.hex,
      sequence: input.sequence,
      witness: input.txinwitness ?? [],
      spentOutput: input.prevout === undefined ? null : outputInOurWords(input.prevout),
    })),
    outputs: tx.vout.map((output) => ({
      index: output.n,
      ...outputInOurWords(output),
      spentBy: spenders.get(`${tx.txid}:${output.n}`) ?? null,
    })),
  };
}

function outputInOurWords({ value, scriptPubKey }: { value: number; scriptPubKey: NodeScript }): object {
  return { value: toSatoshis(value), lockingScript: scriptPubKey.hex, address: scriptPubKey.address ?? null };
}

function blockInOurWords(block: NodeBlock): object {
  const outputs = block.tx.flatMap(({ vout }) => vout);
  const fees = block.tx.reduce((sum, { fee }) => sum + toSatoshis(fee ?? 0), 0);
  return {
    hash: block.hash,
    height: block.height,
    version: block.version,
    merkleRoot: block.merkleroot,
    time: block.time,
    medianTime: block.mediantime,
    nonce: block.nonce,
    bits: block.bits,
    // Core prints 16 significant digits, which do not always give the same double.
    difficulty: expect.closeTo(block.difficulty, 24),
    chainWork: block.chainwork,
    previousHash: block.previousblockhash ?? null,
    next: block.nextblockhash === undefined ? null : { hash: block.nextblockhash },
    size: block.size,
    strippedSize: block.strippedsize,
    weight: block.weight,
    transactionCount: block.nTx,
    inputCount: block.tx.reduce((sum, { vin }) => sum + vin.length, 0),
    outputCount: outputs.length,
    outputValue: outputs.reduce((sum, { value }) => sum + toSatoshis(value), 0),
    fees,
  };
}

/** Queries the inputs or outputs of a transaction beyond the first thousand page by page. */
async function whole(url: string, first: AnsweredTransaction): Promise<AnsweredTransaction> {
  let { inputs, outputs } = first;
  while (inputs.length % 1_000 === 0 || outputs.length % 1_000 === 0) {
    const offset = Math.max(inputs.length, outputs.length);
    const query = `query ($txid: Hash!, $offset: Int!) { transaction(txid: $txid) { ${INPUTS} ${OUTPUTS} } }`;
    const { transaction } = await ask<{ transaction: AnsweredTransaction }>(url, query, { txid: first.txid, offset });
    if (transaction.inputs.length + transaction.outputs.length === 0) break;
    inputs = [...inputs, ...transaction.inputs];
    outputs = [...outputs, ...transaction.outputs];
  }
  return { ...first, inputs, outputs };
}

interface Home {
  readonly location: StoreLocation;
  close(): Promise<void>;
}

function describeIndex(name: string, bitcoind: string, home: () => Home): void {
  describe(name, () => {
    const log = pino({ level: 'silent' });
    let node: RegtestNode;
    let chain: VariedChain;
    let blocks: NodeBlock[];
    let stores: Home;
    let store: ChainStore;
    let gateway: Gateway;

    beforeAll(async () => {
      node = await startRegtest({ bitcoind });
      chain = await buildVariedChain(node);
      blocks = await Promise.all(chain.blocks.map(({ hash }) => node.rpc<NodeBlock>('getblock', hash, 3)));
      stores = home();
      store = await openStore(stores.location, { cacheMiB: 16 });
      await index(store, 0);
      gateway = await startGateway({ store, log, scanBudget: 10_000, host: '127.0.0.1', port: 0 });
    });

    afterAll(async () => {
      await gateway.close();
      await store.close();
      await stores.close();
      await node.close();
    });

    const index = (into: ChainStore, from: number) =>
      indexQuietly({
        store: into,
        node: new LiveNode(parseNodeAddress(node.urlWithPassword)),
        from,
        cacheBytes: 10_000_000,
        log,
        once: true,
      });

    it('says where it is', async () => {
      const { height, hash } = chain.tip;
      expect(
        await ask(
          gateway.url,
          '{ chain { network tip { height hash } nodeTip { height hash } lag synced coverage { from to } } }',
        ),
      ).toEqual({
        chain: {
          network: 'btc-regtest',
          tip: { height, hash },
          nodeTip: { height, hash },
          lag: 0,
          synced: true,
          coverage: [{ from: 0, to: height }],
        },
      });
    });

    it('returns each block as the node does', async () => {
      const query = `query ($after: Cursor) { list: blocks(order: OLDEST_FIRST, first: 60, after: $after) {
        nodes {
          hash height version merkleRoot time medianTime nonce bits difficulty chainWork previousHash next { hash } size strippedSize
          weight transactionCount inputCount outputCount outputValue fees
        }
        pageInfo { endCursor hasNextPage } } }`;
      expect(await askAll(gateway.url, query)).toEqual(blocks.map(blockInOurWords));
    });

    it('returns each transaction as getblock 3 does, with the spender of each output', async () => {
      const spenders = new Map(
        blocks.flatMap(({ tx }) =>
          tx.flatMap(({ txid, vin }) =>
            vin.map((input, index) => [`${input.txid}:${input.vout}`, { index, transaction: { txid } }] as const),
          ),
        ),
      );
      const expected = blocks.flatMap(({ tx, hash }) =>
        tx.map((transaction, i) => inOurWords(transaction, i, hash, spenders)),
      );
      const query = `query ($after: Cursor, $offset: Int! = 0) {
        list: transactions(order: OLDEST_FIRST, first: 10, after: $after) { nodes { ${TRANSACTION} } pageInfo { endCursor hasNextPage } }
      }`;
      const pages = await askAll<AnsweredTransaction>(gateway.url, query);
      const answered = await Promise.all(pages.map((transaction) => whole(gateway.url, transaction)));
      expect(answered.map(({ txid }) => txid)).toEqual(
        expected.map((transaction) => (transaction as AnsweredTransaction).txid),
      );
      for (const [i, transaction] of answered.entries()) expect(transaction).toEqual(expected[i]);
      expect(Math.max(...answered.map(({ outputs }) => outputs.length))).toBeGreaterThanOrEqual(MANY_OUTPUTS);
    });

    it('finds transactions by txid and blocks by hash, and returns null for missing ones', async () => {
      const { txid, height } = chain.transactions.manyInputs;
      const { hash } = chain.blocks[height]!;
      const query = `query ($txid: Hash!, $hash: Hash!) {
        transaction(txid: $txid) { block { height } confirmations inputCount }
        block(hash: $hash) { height }
        none: transaction(txid: "${'12'.repeat(32)}") { txid }
        nowhere: block(hash: "${'12'.repeat(32)}") { height }
        above: block(height: 100000) { hash }
      }`;
      expect(await ask(gateway.url, query, { txid, hash })).toEqual({
        transaction: { block: { height }, confirmations: chain.tip.height - height + 1, inputCount: 200 },
        block: { height },
        none: null,
        nowhere: null,
        above: null,
      });
    });

    it('reports the same of an address as the node: unspent outputs, balance, and all of its transactions', async () => {
      // A few outputs are enough of the transaction with thousands.
      const outputs = blocks.flatMap(({ tx }) => tx.flatMap(({ vout }) => vout.slice(0, 30)));
      const addresses = new Set(outputs.map(({ scriptPubKey }) => scriptPubKey.address));
      addresses.delete(undefined);
      expect(addresses.size).toBeGreaterThan(8);
      for (const address of addresses as Set<string>) {
        interface Scan {
          readonly total_amount: number;
          readonly unspents: readonly { txid: string; vout: number; amount: number; height: number }[];
        }
        const scan = await node.rpc<Scan>('scantxoutset', 'start', [`addr(${address})`]);
        const query = `query ($address: String!) { address(address: $address) {
          balance { unspent received spent transactionCount }
          unspentOutputs(first: 100, order: OLDEST_FIRST) { nodes { index value transaction { txid block { height } } } pageInfo { hasNextPage } }
        } }`;
        interface Answer {
          readonly balance: { unspent: number; received: number; spent: number; transactionCount: number };
          readonly unspentOutputs: {
            nodes: { index: number; value: number; transaction: { txid: string; block: { height: number } } }[];
          };
        }
        const { address: answer } = await ask<{ address: Answer }>(gateway.url, query, { address });
        expect(answer.balance.unspent).toBe(toSatoshis(scan.total_amount));
        expect(answer.balance.received - answer.balance.spent).toBe(answer.balance.unspent);
        const unspent = scan.unspents.map(({ txid, vout, amount, height }) => ({
          index: vout,
          value: toSatoshis(amount),
          transaction: { txid, block: { height } },
        }));
        const key = ({ index, transaction }: Answer['unspentOutputs']['nodes'][number]) =>
          `${transaction.txid}:${index}`;
        const sorted = (outputs: Answer['unspentOutputs']['nodes']) =>
          outputs.toSorted((a, b) => key(a).localeCompare(key(b)));
        if (unspent.length <= 100) expect(sorted(answer.unspentOutputs.nodes)).toEqual(sorted(unspent));
        const touching = blocks.flatMap(({ tx }) =>
          tx.filter(
            ({ vin, vout }) =>
              vout.some(({ scriptPubKey }) => scriptPubKey.address === address) ||
              vin.some(({ prevout }) => prevout?.scriptPubKey.address === address),
          ),
        );
        const history = `query ($address: String!, $after: Cursor) {
          list: transactions(filter: { address: $address }, first: 40, after: $after) { nodes { txid } pageInfo { endCursor hasNextPage } }
        }`;
        const found = await askAll<{ txid: string }>(gateway.url, history, { address });
        expect(found.map(({ txid }) => txid)).toEqual(touching.map(({ txid }) => txid).reverse());
        expect(answer.balance.transactionCount).toBe(touching.length);
      }
    });

    it('finds data by its text, in the order of the chain, page by page both ways', async () => {
      const filter = { data: { pushes: [{ index: 0, startsWith: { utf8: PAGING_TEXT } }] } };
      const forth = `query ($filter: TransactionFilter, $after: Cursor) {
        list: transactions(filter: $filter, first: 7, after: $after) { nodes { txid } pageInfo { endCursor hasNextPage } }
      }`;
      const found = await askAll<{ txid: string }>(gateway.url, forth, { filter });
      const expected = chain.paging.map(({ txid }) => txid);
      expect(found.map(({ txid }) => txid)).toEqual(expected.toReversed());
      expect(found).toHaveLength(PAGING_COUNT);
      const back = `query ($filter: TransactionFilter, $before: Cursor) {
        transactions(filter: $filter, order: OLDEST_FIRST, last: 11, before: $before) {
          nodes { txid } pageInfo { startCursor hasPreviousPage hasNextPage }
        }
      }`;
      const backwards: string[] = [];
      for (let before: string | null = null; ; ) {
        interface Back {
          transactions: { nodes: { txid: string }[]; pageInfo: { startCursor: string; hasPreviousPage: boolean } };
        }
        const { transactions }: Back = await ask(gateway.url, back, { filter, before });
        backwards.unshift(...transactions.nodes.map(({ txid }) => txid));
        if (!transactions.pageInfo.hasPreviousPage) break;
        before = transactions.pageInfo.startCursor;
      }
      expect(backwards).toEqual(expected);
    });

    it('finds each kind of data by all of its pushes, whole or by their beginnings, however long', async () => {
      for (const { txid } of Object.values(chain.data)) {
        const query =
          'query ($txid: Hash!) { transaction(txid: $txid) { outputs(first: 1) { data { pushes { index hex size opcode } } } } }';
        interface Answer {
          transaction: {
            outputs: [{ data: { pushes: { index: number; hex: string; size: number; opcode: number }[] } | null }];
          };
        }
        const { transaction } = await ask<Answer>(gateway.url, query, { txid });
        const pushes = (transaction.outputs[0].data?.pushes ?? [])
          .filter(({ opcode }) => opcode <= 0x60 && opcode !== 0x50)
          .slice(0, 10);
        if (pushes.length === 0) continue;
        for (const cut of [200_000, 70, 8]) {
          const conditions = pushes
            .filter(({ size }) => cut === 200_000 || size >= cut / 2)
            .map(({ index, hex, size }) =>
              cut >= size
                ? { index, equals: { hex: hex.slice(0, 90_000) } }
                : { index, startsWith: { hex: hex.slice(0, cut) } },
            )
            .filter((condition) => !('equals' in condition) || condition.equals!.hex.length < 90_000);
          if (conditions.length === 0) continue;
          const search = `query ($filter: TransactionFilter, $after: Cursor) {
            list: transactions(filter: $filter, after: $after) { nodes { txid } pageInfo { endCursor hasNextPage } }
          }`;
          const found = await askAll<{ txid: string }>(gateway.url, search, {
            filter: { data: { pushes: conditions } },
          });
          expect(found.map((match) => match.txid)).toContain(txid);
        }
      }
    });

    it('filters by block range, time range and coinbase', async () => {
      const { time: from } = chain.blocks[20]!;
      const { time: to } = chain.blocks[29]!;
      const query = `query ($filter: TransactionFilter, $after: Cursor) {
        list: transactions(filter: $filter, order: OLDEST_FIRST, after: $after) { nodes { block { height } } pageInfo { endCursor hasNextPage } }
      }`;
      const heights = async (filter: object) =>
        (await askAll<{ block: { height: number } }>(gateway.url, query, { filter })).map(({ block }) => block.height);
      const twenties = Array.from({ length: 10 }, (_, i) => 20 + i);
      expect(await heights({ coinbase: true, block: { from: 20, to: 29 } })).toEqual(twenties);
      expect(await heights({ coinbase: true, time: { from, to } })).toEqual(twenties);
      expect(
        await heights({ coinbase: true, time: { from: new Date(from * 1000).toISOString() }, block: { to: 29 } }),
      ).toEqual(twenties);
      const all = blocks.flatMap(({ tx, height }) => tx.map(() => height));
      expect(await heights({})).toEqual(all);
      expect(await heights({ coinbase: false })).toEqual(all.filter((height, i) => all[i - 1] === height));
    });

    it('that begins higher up gets the spent outputs from the node, and reports its coverage', async () => {
      const part = home();
      const higher = await openStore(part.location, { cacheMiB: 16 });
      const from = chain.transactions.payEveryLock.height;
      await index(higher, from);
      const half = await startGateway({ store: higher, log, scanBudget: 10_000, host: '127.0.0.1', port: 0 });
      const query = `query ($after: Cursor) {
        chain { coverage { from to } }
        list: transactions(order: OLDEST_FIRST, first: 50, after: $after) { nodes { txid fee feeUnknown } pageInfo { endCursor hasNextPage } }
      }`;
      const answered = await askAll<{ txid: string; fee: number | null; feeUnknown: string | null }>(half.url, query);
      const expected = blocks.slice(from).flatMap(({ tx }) => tx);
      expect(answered).toEqual(
        expected.map(({ txid, fee }) =>
          fee === undefined
            ? { txid, fee: null, feeUnknown: 'COINBASE' }
            : { txid, fee: toSatoshis(fee), feeUnknown: null },
        ),
      );
      const partly = await ask<{ chain: object; address: { balance: object } }>(
        half.url,
        `{ chain { coverage { from to } } address(address: "${BUSY.address}") { balance { unspent } } }`,
      );
      expect(partly).toEqual({
        chain: { coverage: [{ from, to: chain.tip.height }] },
        address: { balance: { unspent: null } },
      });
      const { medianTime, chainWork } = (
        await ask<{ block: { medianTime: number; chainWork: string } }>(
          half.url,
          `{ block(height: ${from}) { medianTime chainWork } }`,
        )
      ).block;
      expect({ medianTime, chainWork }).toEqual({
        medianTime: blocks[from]!.mediantime,
        chainWork: blocks[from]!.chainwork,
      });
      await half.close();
      await higher.close();
      await part.close();
    });
  });
}

describeWith('bitcoind')('a varied chain in SQLite', ({ bitcoind }) => {
  describeIndex('as an index', bitcoind, () => {
    const sandbox = new Sandbox('index');
    return { location: { kind: 'sqlite', file: `${sandbox.folder}/chain.db` }, close: () => sandbox.close() };
  });
});

describeWith('bitcoind', 'mongodb')('a varied chain in MongoDB', ({ bitcoind, mongodbUri }) => {
  describeIndex('as an index', bitcoind, () => {
    const { uri, drop } = temporaryDatabase(mongodbUri);
    return { location: { kind: 'mongodb', uri }, close: drop };
  });
});
