import { hex } from '@scure/base';
import { keyPairOf, type Lock, MINER, witnessKeyHash } from '../../dev/lock.ts';
import type { NodeBlock, RegtestNode } from '../../dev/regtest.ts';
import {
  type BuiltTransaction,
  buildTransaction,
  type Coin,
  coinOf,
  type NewOutput,
} from '../../dev/transaction-builder.ts';
import { DATA_SCRIPTS, type DataRole, opReturn } from './data-scripts.ts';
import {
  anchor,
  anyone,
  bare,
  futureWitness,
  hashPuzzle,
  keyHash,
  multisig,
  nested,
  payToKey,
  scriptHash,
  taprootKey,
  taprootScript,
  witnessScriptHash,
} from './locks.ts';

/**
 * A chain on regtest with every kind of content of BTC's chains. The same node software always makes the same chain, to the
 * last bit: keys, signatures and times are fixed.
 */

const [alice, bob, carol] = [keyPairOf('alice'), keyPairOf('bob'), keyPairOf('carol')];
const twoOfThree = multisig(2, [alice, bob, carol]);
const puzzle = hashPuzzle(new TextEncoder().encode('open sesame'));

/** A lock of every kind, by its name in tests. */
export const LOCKS = {
  p2pk: bare(payToKey(alice)),
  p2pkh: keyHash(alice),
  multisig: bare(multisig(1, [alice, bob])),
  p2sh: scriptHash(twoOfThree),
  p2wpkh: witnessKeyHash(alice),
  p2wsh: witnessScriptHash(twoOfThree),
  p2shP2wpkh: nested(witnessKeyHash(bob)),
  p2shP2wsh: nested(witnessScriptHash(twoOfThree)),
  p2trKey: taprootKey(alice),
  p2trScript: taprootScript(alice, bob, carol),
  p2a: anchor,
  futureWitness,
  opTrue: bare(anyone),
  hashPuzzle: bare(puzzle),
} as const satisfies Record<string, Lock>;

export type LockRole = keyof typeof LOCKS;
export const LOCK_ROLES = Object.keys(LOCKS) as LockRole[];
export const DATA_ROLES = Object.keys(DATA_SCRIPTS) as DataRole[];

/** Takes part in nearly every transaction: an address with a long history. */
export const BUSY: Lock = witnessKeyHash(keyPairOf('busy'));

/** The data of each of the `paging` transactions, besides its number. */
export const PAGING_TEXT = 'BitQL paging';
export const PAGING_COUNT = 60;
export const MANY_OUTPUTS = 3_000;
export const MANY_INPUTS = 200;
/** The time of the first block, 2023-11-14T22:13:20Z; each later one is ten minutes after the one before it. */
export const FIRST_TIME = 1_700_000_000;
export const BLOCK_SECONDS = 600;

export type TransactionRole =
  /** Splits coinbases into coins for the others. */
  | 'fund'
  /** Pays to each of LOCKS twice, in order: outputs 0 and 1 are LOCK_ROLES[0], and so on. */
  | 'payEveryLock'
  /** Spends the first output of each pair, in the same block. */
  | 'spendEveryLockInBlock'
  /** Spends the second output of each pair, in a later block. */
  | 'spendEveryLockLater'
  /** Spends the coinbases of the first blocks, one for each of COINBASE_ROLES. */
  | 'spendCoinbases'
  | 'manyOutputs'
  | 'manyInputs'
  /** Two data outputs with different pushes, one of them burning 1,000 satoshis. */
  | 'twoDataOutputs'
  /** Pays the same address three times and takes its change there. */
  | 'sameAddressThreeTimes'
  /** Version 3, not final, locked until a height that has passed. */
  | 'unusualFields'
  /** A version that reads -1 as a signed number. */
  | 'negativeVersion'
  | 'zeroValue'
  | 'spendZeroValue'
  /** No input has a witness. */
  | 'legacyOnly';

/** The locks of the coinbases of the first blocks, from height 1 on. */
export const COINBASE_ROLES = [
  'p2pk',
  'p2pkh',
  'multisig',
  'p2sh',
  'p2wpkh',
  'p2wsh',
  'p2shP2wpkh',
  'p2trKey',
] as const;

export interface ChainTransaction {
  readonly txid: string;
  readonly height: number;
  /** Its position in the block; the coinbase is 0. */
  readonly index: number;
  readonly hex: string;
}

export interface VariedChain {
  readonly tip: { readonly height: number; readonly hash: string; readonly time: number };
  /** From the genesis block on. */
  readonly blocks: readonly NodeBlock[];
  readonly transactions: Readonly<Record<TransactionRole, ChainTransaction>>;
  /** One transaction for each of DATA_SCRIPTS: output 0 carries the data, output 1 pays BUSY. */
  readonly data: Readonly<Record<DataRole, ChainTransaction>>;
  /** Five transactions in one block, each of which spends the one before it. */
  readonly chained: readonly ChainTransaction[];
  /** PAGING_COUNT transactions in the order of the chain, five in a block; output 0: PAGING_TEXT and the number as text. */
  readonly paging: readonly ChainTransaction[];
}

const MATURITY = 100;
const FEE = 10_000;
const CHAINED = 5;
const PAGING_PER_BLOCK = 5;
const COIN_VALUE = 10_000_000;
const FUND_COINS = DATA_ROLES.length + PAGING_COUNT + 12;
const LAST_EMPTY_BLOCKS = 3;

/** Builds the chain on a node that has only the genesis block. Takes a few seconds. */
export async function buildVariedChain(node: RegtestNode): Promise<VariedChain> {
  const chain = new ChainBuilder(node);
  await chain.begin();
  await mineFirstCoins(chain);
  await spendEveryLock(chain);
  await buildShapes(chain);
  const data = await publishData(chain);
  const paging = await publishPages(chain);
  for (let n = 0; n < LAST_EMPTY_BLOCKS; n++) await chain.mine([]);
  return chain.describe(data, paging);
}

// ---- The parts, in the order of the chain ----

/** Coinbases of several kinds, then enough blocks of the miner for these to mature. */
async function mineFirstCoins(chain: ChainBuilder): Promise<void> {
  for (const role of COINBASE_ROLES) await chain.mine([], LOCKS[role]);
  await chain.mine([]); // pays 'payEveryLock'
  await chain.mine([]); // pays 'fund'
  while (chain.height < COINBASE_ROLES.length + 2 + MATURITY) await chain.mine([]);
}

async function spendEveryLock(chain: ChainBuilder): Promise<void> {
  const locks = Object.values(LOCKS);
  const first = COINBASE_ROLES.length + 1;
  const pay = chain.build(
    'payEveryLock',
    [chain.coinbase(first)],
    locks.flatMap((lock) => [pays(lock, 100_000), pays(lock, 200_000)]),
  );
  const fund = chain.build(
    'fund',
    [chain.coinbase(first + 1)],
    Array.from({ length: FUND_COINS }, () => pays(MINER, COIN_VALUE)),
  );
  const spendAtOnce = chain.build(
    'spendEveryLockInBlock',
    locks.map((lock, n) => coinOf(pay, 2 * n, lock)),
  );
  await chain.mine([pay, fund, spendAtOnce]);
  chain.addCoins(fund, FUND_COINS);
  await chain.mine([
    chain.build(
      'spendEveryLockLater',
      locks.map((lock, n) => coinOf(pay, 2 * n + 1, lock)),
    ),
  ]);
  await chain.mine([
    chain.build(
      'spendCoinbases',
      COINBASE_ROLES.map((role, n) => chain.coinbase(n + 1, LOCKS[role])),
    ),
  ]);
}

/** Transactions with special shapes: long, wide, odd. */
async function buildShapes(chain: ChainBuilder): Promise<void> {
  await mineChained(chain);
  await mineWide(chain);
  const { p2pkh, p2wpkh } = LOCKS;
  const zero = chain.build('zeroValue', [chain.coin()], [pays(p2pkh, 0), pays(p2wpkh, 0)]);
  await chain.mine([
    chain.build(
      'twoDataOutputs',
      [chain.coin()],
      [
        { value: 0, script: opReturn('first', 'alpha').script },
        { value: 1_000, script: opReturn('second', 'beta').script },
      ],
    ),
    chain.build('sameAddressThreeTimes', [chain.coin()], [pays(BUSY, 1_000), pays(BUSY, 2_000), pays(BUSY, 1_000)]),
    chain.build('unusualFields', [chain.coin()], [pays(p2wpkh, 5_000)], {
      version: 3,
      lockTime: 100,
      sequence: 0xffff_fffd,
    }),
    chain.build('negativeVersion', [chain.coin()], [pays(p2wpkh, 5_000)], { version: -1 }),
    zero,
  ]);
  const legacy = coinOf(zero, 0, p2pkh);
  await chain.mine([chain.build('spendZeroValue', [legacy, coinOf(zero, 1, p2wpkh), chain.coin()])]);
  const payLegacy = chain.build(undefined, [chain.coin()], [pays(p2pkh, 50_000)]);
  await chain.mine([payLegacy, chain.build('legacyOnly', [coinOf(payLegacy, 0, p2pkh)], [pays(p2pkh, 20_000)])]);
}

async function mineChained(chain: ChainBuilder): Promise<void> {
  let coin = chain.coin();
  const chained: BuiltTransaction[] = [];
  for (let n = 0; n < CHAINED; n++) {
    const link = buildTransaction({ inputs: [coin], outputs: [pays(MINER, coin.value - FEE)] });
    chained.push(link);
    coin = coinOf(link, 0, MINER);
  }
  await chain.mine(chained);
  chain.chained.push(...chained);
}

async function mineWide(chain: ChainBuilder): Promise<void> {
  const receivers = Array.from({ length: MANY_OUTPUTS }, (_, n) => (n < MANY_INPUTS ? MINER : strangerOf(n)));
  const many = chain.build(
    'manyOutputs',
    [chain.coin()],
    receivers.map((lock) => pays(lock, 1_000)),
    { fee: 50_000 },
  );
  await chain.mine([many]);
  const inputs = receivers.slice(0, MANY_INPUTS).map((lock, n) => coinOf(many, n, lock));
  await chain.mine([chain.build('manyInputs', inputs)]);
}

async function publishData(chain: ChainBuilder): Promise<Record<DataRole, BuiltTransaction>> {
  const publish = (role: DataRole) => {
    const { script } = DATA_SCRIPTS[role];
    return chain.build(undefined, [chain.coin()], [{ value: 0, script }], { fee: FEE + script.length });
  };
  const built = Object.fromEntries(DATA_ROLES.map((role) => [role, publish(role)])) as Record<
    DataRole,
    BuiltTransaction
  >;
  await chain.mine(Object.values(built));
  return built;
}

async function publishPages(chain: ChainBuilder): Promise<BuiltTransaction[]> {
  const built: BuiltTransaction[] = [];
  for (let n = 0; n < PAGING_COUNT; n += PAGING_PER_BLOCK) {
    const numbers = Array.from({ length: PAGING_PER_BLOCK }, (_, of) => n + of);
    const block = numbers.map((number) => {
      const { script } = opReturn(PAGING_TEXT, String(number));
      return chain.build(undefined, [chain.coin()], [{ value: 0, script }]);
    });
    await chain.mine(block);
    built.push(...block);
  }
  return built;
}

const pays = ({ script }: Lock, value: number): NewOutput => ({ value, script });

/** A key hash without a key: 3,000 real keys would take long to compute. */
function strangerOf(number: number): Lock {
  const script = new Uint8Array(22);
  script.set([0x00, 0x14]);
  new DataView(script.buffer).setUint32(18, number);
  return { ...MINER, script, address: undefined };
}

// ---- The builder ----

type Fields = { version?: number; lockTime?: number; sequence?: number };

class ChainBuilder {
  height = 0;
  readonly chained: BuiltTransaction[] = [];
  readonly #node: RegtestNode;
  readonly #blocks: NodeBlock[] = [];
  readonly #built = new Map<TransactionRole, BuiltTransaction>();
  readonly #coins: Coin[] = [];

  constructor(node: RegtestNode) {
    this.#node = node;
  }

  async begin(): Promise<void> {
    const height = await this.#node.rpc<number>('getblockcount');
    if (height !== 0) throw new Error(`the varied chain needs a node without blocks; this one has ${height}`);
    await this.#remember(await this.#node.rpc<string>('getblockhash', 0));
  }

  /** Mines one block, ten minutes after the last one. */
  async mine(transactions: readonly BuiltTransaction[], coinbase: Lock = MINER): Promise<void> {
    await this.#node.setTime(FIRST_TIME + this.height * BLOCK_SECONDS);
    const output = coinbase.address ?? `raw(${hex.encode(coinbase.script)})`;
    const hash = await this.#node.mineBlock(
      transactions.map((transaction) => transaction.hex),
      output,
    );
    this.height += 1;
    await this.#remember(hash);
  }

  /** Builds a transaction. The rest of its inputs goes to BUSY, as its last output. */
  build(
    role: TransactionRole | undefined,
    inputs: readonly Coin[],
    outputs: readonly NewOutput[] = [],
    { fee = FEE, ...fields }: Fields & { readonly fee?: number } = {},
  ): BuiltTransaction {
    const change = sum(inputs) - sum(outputs) - fee;
    const built = buildTransaction({ ...fields, inputs, outputs: [...outputs, pays(BUSY, change)] });
    if (role) this.#built.set(role, built);
    return built;
  }

  /** The first output of a coinbase, unspent: 50 BTC until height 150. */
  coinbase(height: number, lock: Lock = MINER): Coin {
    return { txid: this.#blocks[height]!.tx[0]!, index: 0, value: 50e8, lock };
  }

  addCoins(transaction: BuiltTransaction, count: number): void {
    for (let n = 0; n < count; n++) this.#coins.push(coinOf(transaction, n, MINER));
  }

  /** The next coin that 'fund' made. */
  coin(): Coin {
    const coin = this.#coins.shift();
    if (!coin) throw new Error('out of coins: raise FUND_COINS');
    return coin;
  }

  describe(data: Record<DataRole, BuiltTransaction>, paging: readonly BuiltTransaction[]): VariedChain {
    const places = new Map(
      this.#blocks.flatMap(({ height, tx }) => tx.map((txid, index) => [txid, { height, index }])),
    );
    const place = (built: BuiltTransaction) => ({ txid: built.txid, hex: built.hex, ...places.get(built.txid)! });
    const placeAll = <Role extends string>(built: Iterable<readonly [string, BuiltTransaction]>) =>
      Object.fromEntries([...built].map(([role, transaction]) => [role, place(transaction)])) as Record<
        Role,
        ChainTransaction
      >;
    return {
      tip: this.#blocks.at(-1)!,
      blocks: this.#blocks,
      transactions: placeAll<TransactionRole>(this.#built),
      data: placeAll<DataRole>(Object.entries(data)),
      chained: this.chained.map(place),
      paging: paging.map(place),
    };
  }

  async #remember(hash: string): Promise<void> {
    this.#blocks.push(await this.#node.rpc<NodeBlock>('getblock', hash, 1));
  }
}

function sum(amounts: readonly { readonly value: number }[]): number {
  return amounts.reduce((total, { value }) => total + value, 0);
}
