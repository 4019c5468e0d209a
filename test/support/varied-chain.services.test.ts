import { afterAll, beforeAll, expect, it } from 'vitest';
import { toSatoshis } from '../../dev/core-calls.ts';
import { type RegtestNode, startRegtest } from '../../dev/regtest.ts';
import { describeWith } from '../services/suite.ts';
import { DATA_SCRIPTS, patternless } from './data-scripts.ts';
import {
  BLOCK_SECONDS,
  BUSY,
  buildVariedChain,
  type ChainTransaction,
  COINBASE_ROLES,
  DATA_ROLES,
  FIRST_TIME,
  LOCK_ROLES,
  LOCKS,
  type LockRole,
  MANY_INPUTS,
  MANY_OUTPUTS,
  PAGING_COUNT,
  PAGING_TEXT,
  type VariedChain,
} from './varied-chain.ts';

interface NodeScript {
  readonly hex: string;
  readonly type: string;
  readonly address?: string;
}

interface NodeOutput {
  readonly value: number;
  readonly scriptPubKey: NodeScript;
}

interface NodeTransaction {
  readonly txid: string;
  readonly version: number;
  readonly locktime: number;
  readonly vin: readonly {
    readonly txid?: string;
    readonly sequence: number;
    readonly txinwitness?: readonly string[];
    readonly prevout?: NodeOutput & { readonly generated: boolean; readonly height: number };
  }[];
  readonly vout: readonly NodeOutput[];
}

interface VerboseBlock {
  readonly height: number;
  readonly time: number;
  readonly tx: readonly NodeTransaction[];
}

/** The node's name of each lock. */
const NODE_TYPES: Record<LockRole, string> = {
  p2pk: 'pubkey',
  p2pkh: 'pubkeyhash',
  multisig: 'multisig',
  p2sh: 'scripthash',
  p2wpkh: 'witness_v0_keyhash',
  p2wsh: 'witness_v0_scripthash',
  p2shP2wpkh: 'scripthash',
  p2shP2wsh: 'scripthash',
  p2trKey: 'witness_v1_taproot',
  p2trScript: 'witness_v1_taproot',
  p2a: 'anchor',
  futureWitness: 'witness_unknown',
  opTrue: 'nonstandard',
  hashPuzzle: 'nonstandard',
};

const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describeWith('bitcoind')('the varied chain, as the node returns it', ({ bitcoind }) => {
  let node: RegtestNode;
  let chain: VariedChain;
  let blocks: VerboseBlock[];

  beforeAll(async () => {
    node = await startRegtest({ bitcoind });
    chain = await buildVariedChain(node);
    blocks = await Promise.all(chain.blocks.map(({ hash }) => node.rpc<VerboseBlock>('getblock', hash, 3)));
  });

  afterAll(() => node.close());

  /** The transaction at the place that the description gives. */
  function told({ txid, height, index }: ChainTransaction): NodeTransaction {
    const transaction = blocks[height]!.tx[index]!;
    expect(transaction.txid).toBe(txid);
    return transaction;
  }

  it('ends where the description says', async () => {
    expect(await node.rpc('getbestblockhash')).toBe(chain.tip.hash);
    expect(await node.rpc('getblockcount')).toBe(chain.tip.height);
    expect(chain.tip.height).toBeGreaterThanOrEqual(120);
    expect(chain.tip.height).toBeLessThanOrEqual(150);
  });

  it('has its blocks ten minutes apart', () => {
    expect(blocks.slice(1).map(({ time }) => time)).toEqual(
      blocks.slice(1).map((_, n) => FIRST_TIME + n * BLOCK_SECONDS),
    );
  });

  it.each(LOCK_ROLES)('pays to %s twice, and spends it in the same block and in a later one', (role) => {
    const n = LOCK_ROLES.indexOf(role);
    const { payEveryLock, spendEveryLockInBlock, spendEveryLockLater } = chain.transactions;
    for (const output of told(payEveryLock).vout.slice(2 * n, 2 * n + 2)) {
      expect(output.scriptPubKey.type).toBe(NODE_TYPES[role]);
      expect(output.scriptPubKey.address).toBe(LOCKS[role].address ?? output.scriptPubKey.address);
    }
    expect(spendEveryLockInBlock.height).toBe(payEveryLock.height);
    expect(spendEveryLockLater.height).toBeGreaterThan(payEveryLock.height);
    for (const spending of [spendEveryLockInBlock, spendEveryLockLater]) {
      const input = told(spending).vin[n]!;
      expect(input.txid).toBe(payEveryLock.txid);
      expect(input.prevout!.scriptPubKey).toMatchObject({ type: NODE_TYPES[role], hex: hexOf(LOCKS[role].script) });
    }
  });

  it('spends taproot by the key path and by a script path', () => {
    const { vin } = told(chain.transactions.spendEveryLockLater);
    expect(vin[LOCK_ROLES.indexOf('p2trKey')]!.txinwitness).toHaveLength(1);
    expect(vin[LOCK_ROLES.indexOf('p2trScript')]!.txinwitness).toHaveLength(3);
  });

  it('spends coinbases of many kinds once they are mature', () => {
    const { vin } = told(chain.transactions.spendCoinbases);
    expect(vin.map(({ prevout }) => prevout!.scriptPubKey.type)).toEqual(
      COINBASE_ROLES.map((role) => NODE_TYPES[role]),
    );
    expect(vin.every(({ prevout }) => prevout!.generated)).toBe(true);
    expect(chain.transactions.spendCoinbases.height - COINBASE_ROLES.length).toBeGreaterThanOrEqual(100);
  });

  it.each(DATA_ROLES)('carries the data "%s"', (role) => {
    const [output] = told(chain.data[role]).vout;
    expect(output!.scriptPubKey.hex).toBe(hexOf(DATA_SCRIPTS[role].script));
    expect(output!.value).toBe(0);
  });

  it('has data of a hundred thousand bytes in one push', () => {
    expect(DATA_SCRIPTS.payload100KB.pushes).toEqual([patternless(100_000)]);
    expect(told(chain.data.payload100KB).vout[0]!.scriptPubKey.type).toBe('nulldata');
  });

  it('has malformed data, which the node calls non-standard', () => {
    const malformed = DATA_ROLES.filter((role) => DATA_SCRIPTS[role].malformed);
    expect(malformed).toHaveLength(2);
    for (const role of malformed) expect(told(chain.data[role]).vout[0]!.scriptPubKey.type).toBe('nonstandard');
  });

  it('has a row of transactions in one block that spend each other', () => {
    expect(new Set(chain.chained.map(({ height }) => height)).size).toBe(1);
    for (const [n, link] of chain.chained.entries()) {
      if (n > 0) expect(told(link).vin[0]!.txid).toBe(chain.chained[n - 1]!.txid);
    }
  });

  it('has a transaction with thousands of outputs and one with hundreds of inputs', () => {
    const { manyOutputs, manyInputs } = chain.transactions;
    expect(told(manyOutputs).vout.length).toBe(MANY_OUTPUTS + 1);
    expect(told(manyInputs).vin.length).toBe(MANY_INPUTS);
    expect(new Set(told(manyInputs).vin.map(({ txid }) => txid))).toEqual(new Set([manyOutputs.txid]));
  });

  it('has outputs of no value, and spends them', () => {
    const values = told(chain.transactions.zeroValue).vout.map(({ value }) => value);
    expect(values.slice(0, 2)).toEqual([0, 0]);
    const spent = told(chain.transactions.spendZeroValue).vin.map(({ prevout }) => prevout!.value);
    expect(spent.slice(0, 2)).toEqual([0, 0]);
  });

  it('has two data outputs in one transaction, one of which burns value', () => {
    const data = told(chain.transactions.twoDataOutputs).vout.filter(
      ({ scriptPubKey }) => scriptPubKey.type === 'nulldata',
    );
    expect(data.map(({ value }) => toSatoshis(value))).toEqual([0, 1_000]);
  });

  it('pays one address several times in a transaction', () => {
    const { vout } = told(chain.transactions.sameAddressThreeTimes);
    expect(vout.map(({ scriptPubKey }) => scriptPubKey.address)).toEqual(Array(4).fill(BUSY.address));
  });

  it('has unusual versions, a lock time, and inputs that are not final', () => {
    const unusual = told(chain.transactions.unusualFields);
    expect(unusual).toMatchObject({ version: 3, locktime: 100 });
    expect(unusual.vin[0]!.sequence).toBe(0xffff_fffd);
    expect(told(chain.transactions.negativeVersion).version | 0).toBe(-1);
  });

  it('has a transaction without any witness', () => {
    expect(told(chain.transactions.legacyOnly).vin[0]!.txinwitness).toBeUndefined();
  });

  it('uses one address in many transactions', () => {
    const using = blocks
      .flatMap(({ tx }) => tx)
      .filter(({ vout }) => vout.some(({ scriptPubKey }) => scriptPubKey.address === BUSY.address));
    expect(using.length).toBeGreaterThan(80);
  });

  it('repeats the same data in many transactions across blocks', () => {
    const marked = hexOf(new TextEncoder().encode(PAGING_TEXT));
    const carrying = blocks.flatMap(({ tx }) => tx).filter(({ vout }) => vout[0]!.scriptPubKey.hex.includes(marked));
    expect(carrying.map(({ txid }) => txid)).toEqual(chain.paging.map(({ txid }) => txid));
    expect(carrying).toHaveLength(PAGING_COUNT);
    expect(new Set(chain.paging.map(({ height }) => height)).size).toBeGreaterThan(5);
  });

  it('is the same chain on every node', async () => {
    await using other = await startRegtest({ bitcoind });
    const again = await buildVariedChain(other);
    expect(again.tip.hash).toBe(chain.tip.hash);
  });
});
