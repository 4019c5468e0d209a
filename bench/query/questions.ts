import { addressOf } from '../../src/chain/address.ts';
import { networkById } from '../../src/chain/networks.ts';
import { Addresses } from '../chain/addresses.ts';
import { Random } from '../chain/random.ts';
import { WORDS } from '../prices/crafted-transactions.ts';
import { type BusyChain, EARNER } from './busy-chain.ts';

/**
 * How a question is answered: by an index that leads to what matches, so that it is held against the targets; by adding up all
 * rows of an address; or by looking at more rows than match, up to the budget of the request, since no index holds what it asks for.
 */
export type Kind = 'index' | 'sum' | 'scan';

export interface Question {
  readonly name: string;
  readonly kind: Kind;
  /** How many lists of the index it asks for, if these are many [1]. */
  readonly lists?: number;
  readonly query: string;
  /** Those of the next request; few are the same. */
  variables(): Readonly<Record<string, unknown>>;
  /** The rows of an answer. */
  rowsOf(data: Answer): number;
}

interface Answer {
  readonly transaction?: object | null;
  readonly transactions?: { readonly nodes: readonly object[] };
  readonly address?: { readonly balance?: object; readonly unspentOutputs?: { readonly nodes: readonly object[] } };
}

/** Questions whose times are compared. */
export const COLD = 'cold address, 1 of its transactions';
export const HOT = 'hot address, 1 of its transactions';

/** Numbers of addresses that few others of an ordinary chain are as busy as, and of such as are used once or twice. */
const BUSY = 10;
const FIRST_COLD = 1_000;
const MANY = 500;
const FULL_PAGE = 100;

/** A page of what a filter finds. */
export const FIND = `query ($filter: TransactionFilter, $first: Int, $scan: Boolean! = false) {
  transactions(filter: $filter, first: $first, scan: $scan) { nodes { txid } pageInfo { hasNextPage } }
}`;
const BY_ID = 'query ($txid: Hash!) { transaction(txid: $txid) { txid } }';
const BALANCE = 'query ($address: String!) { address(address: $address) { balance { received } } }';
const UNSPENT = `query ($address: String!) {
  address(address: $address) { unspentOutputs(first: ${FULL_PAGE}) { nodes { index value } } }
}`;

type Filter = Readonly<Record<string, unknown>>;

const pushes = (condition: object): Filter => ({ data: [{ pushes: [condition] }] });
const says = (word: string) => pushes({ equals: { utf8: word } });

export function questionsAbout(chain: BusyChain): Question[] {
  const subjects = new Subjects(chain);
  const { common, left, right, rare } = WORDS;
  return [
    ask('transaction by id', BY_ID, () => ({ txid: subjects.txid() })),
    ask('transaction by an id that is none', BY_ID, () => ({ txid: subjects.noTxid() })),
    find('txids, 50', 50, () => ({ txids: times(50, () => subjects.txid()) })),
    find(COLD, 1, () => ({ address: subjects.cold() })),
    find(HOT, 1, () => ({ address: subjects.hot, block: { to: subjects.height() } })),
    find('hot address, a page', FULL_PAGE, () => ({ address: subjects.hot })),
    find('hot address, a page in its middle', FULL_PAGE, () => ({
      address: subjects.hot,
      block: { to: subjects.height() },
    })),
    find('busy address, a page', FULL_PAGE, () => ({ address: subjects.busy() })),
    find('a push that occurs once', 1, () => says(subjects.number())),
    find('a push that occurs often', FULL_PAGE, () => says(common)),
    find('prefix of 4 bytes', FULL_PAGE, () => pushes({ startsWith: { utf8: 'omni' } })),
    find('prefix of 6 bytes', FULL_PAGE, () => pushes({ startsWith: { utf8: 'number' } })),
    scan('prefix longer than a key of 8 bytes', () => pushes({ startsWith: { utf8: subjects.longNumber() } })),
    find('or of 2, one rare', FULL_PAGE, () => ({ or: [says(subjects.number()), says(rare)] })),
    find('or of 2, both common', FULL_PAGE, () => ({ or: [says(left), says(right)] })),
    find('or of 30', 30, () => ({ or: times(30, () => says(subjects.number())) })),
    find('any push of 50', 50, () => pushes({ in: times(50, () => ({ utf8: subjects.number() })) })),
    find('any push of 50, one common', FULL_PAGE, () =>
      pushes({ in: [{ utf8: common }, ...times(49, () => ({ utf8: subjects.number() }))] }),
    ),
    find('and of rare and common', FULL_PAGE, () => ({ and: [says(rare), says(common)] })),
    find('and of once and common', FULL_PAGE, () => ({ and: [says(subjects.number()), says(common)] })),
    scan('and of busy address and common', () => ({ address: subjects.busy(), ...says(common) })),
    find('and of two that are common together', FULL_PAGE, () => ({ address: subjects.hot, ...says(common) })),
    scan('and of two halves that never meet', () => ({ and: [says(left), says(right)] })),
    find('not, of rare', FULL_PAGE, () => ({ ...says(common), not: says(rare) })),
    scan('not, of half', () => ({ ...says(common), not: says(left) })),
    {
      ...find('addresses of 500, all cold', FULL_PAGE, () => ({ addresses: times(MANY, () => subjects.cold()) })),
      lists: MANY,
    },
    { ...find('addresses of 500, one hot', FULL_PAGE, () => ({ addresses: subjects.wallet() })), lists: MANY },
    find('addresses of 500 and rare', FULL_PAGE, () => ({ addresses: subjects.wallet(), ...says(rare) })),
    ask('unspent outputs, cold address', UNSPENT, () => ({ address: subjects.cold() })),
    ask('unspent outputs, hot address', UNSPENT, () => ({ address: subjects.hot })),
    { ...ask('unspent outputs, busy address', UNSPENT, () => ({ address: subjects.busy() })), kind: 'scan' },
    ask('balance, cold address', BALANCE, () => ({ address: subjects.cold() })),
    { ...ask('balance, busy address', BALANCE, () => ({ address: subjects.busy() })), kind: 'sum' },
    { ...ask('balance, hot address', BALANCE, () => ({ address: subjects.hot })), kind: 'sum' },
    scan('a value in 10 blocks', () => ({ ...VALUABLE, block: subjects.blocks(10) })),
    scan('a value anywhere', () => VALUABLE, true),
  ];
}

const VALUABLE: Filter = { outputs: [{ value: { gte: 2_000_000_000 } }] };

function ask(name: string, query: string, variables: () => Readonly<Record<string, unknown>>): Question {
  return { name, kind: 'index', query, variables, rowsOf };
}

function find(name: string, first: number, filter: () => Filter): Question {
  return ask(name, FIND, () => ({ first, filter: filter() }));
}

function scan(name: string, filter: () => Filter, isAsked = false): Question {
  return { ...ask(name, FIND, () => ({ first: FULL_PAGE, filter: filter(), scan: isAsked })), kind: 'scan' };
}

function rowsOf({ transaction, transactions, address }: Answer): number {
  if (transactions !== undefined) return transactions.nodes.length;
  if (address?.unspentOutputs !== undefined) return address.unspentOutputs.nodes.length;
  return transaction == null && address?.balance == null ? 0 : 1;
}

function times<T>(count: number, make: () => T): T[] {
  return Array.from({ length: count }, make);
}

/** What is asked about: others with each call. */
class Subjects {
  readonly hot: string;
  readonly #chain: BusyChain;
  readonly #random = new Random('questions');
  readonly #addresses: Addresses;

  constructor(chain: BusyChain) {
    this.#chain = chain;
    this.#addresses = new Addresses(this.#random, networkById(chain.network).segwit);
    this.hot = this.#address(EARNER)!;
  }

  txid(): string {
    const { txids } = this.#chain.landmarks;
    return txids[this.#random.below(txids.length)]!;
  }

  noTxid(): string {
    return Buffer.from(this.#random.bytes(32)).toString('hex');
  }

  cold(): string {
    return this.#among(FIRST_COLD, Math.floor(this.#chain.transactions / 2));
  }

  busy(): string {
    return this.#among(0, BUSY);
  }

  /** Many addresses, one of them hot. */
  wallet(): string[] {
    return [this.hot, ...times(MANY - 1, () => this.cold())];
  }

  /** One that only one transaction says; not so short that it is a key of longer ones. */
  number(): string {
    return `number ${SHORTEST_NUMBER + this.#random.below(this.#chain.landmarks.wages - SHORTEST_NUMBER)}`;
  }

  /** The beginning of what ten transactions say, or some more. */
  longNumber(): string {
    return this.number().slice(0, -1);
  }

  /** In the upper nine tenths of the chain, where everything occurs. */
  height(): number {
    const { tipHeight } = this.#chain.landmarks;
    return tipHeight - this.#random.below(Math.floor((tipHeight - FIRST_FULL) * 0.9));
  }

  blocks(count: number): { from: number; to: number } {
    const from = this.height() - count;
    return { from, to: from + count - 1 };
  }

  /** An address among those with some numbers; not all scripts have one. */
  #among(first: number, count: number): string {
    for (;;) {
      const address = this.#address(first + this.#random.below(count));
      if (address !== null) return address;
    }
  }

  #address(number: number): string | null {
    return addressOf(this.#addresses.scriptOf(number), networkById(this.#chain.network));
  }
}

const SHORTEST_NUMBER = 10;
/** Blocks below hold few transactions, because there is little to spend. */
const FIRST_FULL = 110;
