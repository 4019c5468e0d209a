// Generated from schema/ by `npm run codegen`: change it there.
import type { GraphQLResolveInfo, GraphQLScalarType, GraphQLScalarTypeConfig } from 'graphql';
import type { ChainReader, BlockView } from '../../query/reader.ts';
import type { TransactionView, InputView, OutputView, SpentOutputView } from '../../query/transaction-view.ts';
import type { Departure } from '../../store/records/departure.ts';
import type { MempoolSummary, FeeRateRange as FeeRateCount, CompetingTip as BranchTip } from '../../store/state.ts';
import type { TokenData } from '../../chain/token.ts';
import type { DataElements } from '../../chain/data.ts';
import type { PushView, AddressView, TransactionNotice, AddressHappening, BlockNotice, BlockPage, TransactionPage, OutputPage } from './parents.ts';
import type { Balance as BalanceSums } from '../../query/balance.ts';
import type { RequestContext } from './context.ts';
export type Maybe<T> = T | null;
export type InputMaybe<T> = T | null | undefined;
export type Omit<T, K extends keyof T> = Pick<T, Exclude<keyof T, K>>;
export type RequireFields<T, K extends keyof T> = Omit<T, K> & { [P in K]-?: NonNullable<T[P]> };
/** All built-in and custom scalars, mapped to their actual values */
export type Scalars = {
  ID: { input: string; output: string; }
  String: { input: string; output: string; }
  Boolean: { input: boolean; output: boolean; }
  Int: { input: number; output: number; }
  Float: { input: number; output: number; }
  /** A moment as input: unix seconds, or ISO 8601 such as 2015-05-20 or 2015-05-20T19:08:22Z. */
  Moment: { input: number; output: number; }
  /** A block hash or transaction id: 64 hexadecimal digits in display order, as explorers and bitcoind show it. */
  Hash: { input: Uint8Array; output: Uint8Array; }
  /** Bytes in hexadecimal, two lower-case digits a byte; upper case is accepted. */
  Hex: { input: Uint8Array; output: Uint8Array; }
  /** An amount in satoshis: a whole number, always safe in JSON (at most 21e14). */
  Satoshis: { input: number; output: number; }
  /** A whole number from 0 to 2^53 - 1, for what may exceed GraphQL's 32-bit Int, such as sizes and sequence numbers. */
  UInt: { input: number; output: number; }
  /** A moment in unix seconds, as block headers hold it. */
  Timestamp: { input: number; output: number; }
  /** A moment in ISO 8601, UTC, such as 2015-05-20T19:08:22.000Z. */
  DateTime: { input: number; output: number; }
  /** A place in a list, as a page returned it. Good for the same filter and order only; give it back unchanged. */
  Cursor: { input: string; output: string; }
  /** A place among all events of an index, as an event or `chain { cursor }` told it. Good for every subscription; give it back unchanged. */
  EventCursor: { input: string; output: string; }
};

/** An address, and what the indexed chain knows of it. */
export type Address = {
  readonly __typename?: 'Address';
  /** The address in the network's usual form. */
  readonly address: Scalars['String']['output'];
  /** The kind of its locking script. */
  readonly type: ScriptType;
  /** The locking script that it stands for. */
  readonly lockingScript: Scalars['Hex']['output'];
  /**
   * What it received, spent and holds, in confirmed transactions only. Null, with an error, where it has more of them than one
   * request may sum up.
   */
  readonly balance?: Maybe<Balance>;
  /**
   * The transactions that pay it or spend from it, unconfirmed ones among them. Null, with an error, where the page cannot be had, as
   * with a cursor that has expired.
   */
  readonly transactions?: Maybe<TransactionConnection>;
  /**
   * Its outputs that are not spent. Those of unconfirmed transactions are among them, and those that an unconfirmed one spends
   * are not. Null, with an error, where the page cannot be had.
   */
  readonly unspentOutputs?: Maybe<OutputConnection>;
};


/** An address, and what the indexed chain knows of it. */
export type AddressTransactionsArgs = {
  order?: Order;
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['Cursor']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  before?: InputMaybe<Scalars['Cursor']['input']>;
};


/** An address, and what the indexed chain knows of it. */
export type AddressUnspentOutputsArgs = {
  order?: Order;
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['Cursor']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  before?: InputMaybe<Scalars['Cursor']['input']>;
};

/** The sums of an address over the indexed blocks. What is unconfirmed does not count. */
export type Balance = {
  readonly __typename?: 'Balance';
  /** All that it received. */
  readonly received: Scalars['Satoshis']['output'];
  /** All that it spent, as far as the spent outputs are known. */
  readonly spent: Scalars['Satoshis']['output'];
  /** What it holds; null while the index does not reach back to the first block, and so may miss a part. */
  readonly unspent?: Maybe<Scalars['Satoshis']['output']>;
  /** The number of confirmed transactions that pay it or spend from it. */
  readonly transactionCount: Scalars['UInt']['output'];
};

/** A block: of the main chain, or a stale one. */
export type Block = {
  readonly __typename?: 'Block';
  /** The hash of the header. */
  readonly hash: Scalars['Hash']['output'];
  /** The number of blocks before this one. */
  readonly height: Scalars['Int']['output'];
  /** True for a block of the main chain; false for a stale one, which a reorganisation took from it or which never was on it. */
  readonly onMainChain: Scalars['Boolean']['output'];
  /** How many blocks the chain has from this one to the tip, both counted; 0 for a stale block. */
  readonly confirmations: Scalars['Int']['output'];
  /** The header's version. */
  readonly version: Scalars['Int']['output'];
  /** The 80 bytes of the header. */
  readonly header: Scalars['Hex']['output'];
  /** The hash of the block before this one; null for the first block of the chain. */
  readonly previousHash?: Maybe<Scalars['Hash']['output']>;
  /** The block before this one, of a stale one on whichever branch; null if the index does not hold it. */
  readonly previous?: Maybe<Block>;
  /** The block behind this one; null at the tip, and for a stale block. */
  readonly next?: Maybe<Block>;
  /** The root of the merkle tree of the transaction ids. */
  readonly merkleRoot: Scalars['Hash']['output'];
  /** The time in the header, set by the miner, in unix seconds. */
  readonly time: Scalars['Timestamp']['output'];
  /** The time in the header, in ISO 8601. */
  readonly date: Scalars['DateTime']['output'];
  /**
   * The median time of this block and the ten before it: it never goes backwards. Null where neither the index nor its
   * node knows these blocks.
   */
  readonly medianTime?: Maybe<Scalars['Timestamp']['output']>;
  /** The target in its compact form, as eight hexadecimal digits. */
  readonly bits: Scalars['Hex']['output'];
  /** How many times harder than the easiest target the block was to find. */
  readonly difficulty: Scalars['Float']['output'];
  /** The nonce. */
  readonly nonce: Scalars['UInt']['output'];
  /**
   * The work of the whole chain up to this block: the expected number of hashes, as a hexadecimal number of 64 digits.
   * Null where neither the index nor its node knows the chain before.
   */
  readonly chainWork?: Maybe<Scalars['Hex']['output']>;
  /** The size in bytes, witness data included. */
  readonly size: Scalars['UInt']['output'];
  /** The size in bytes without witness data. */
  readonly strippedSize: Scalars['UInt']['output'];
  /** The weight as BIP 141 defines it. */
  readonly weight: Scalars['UInt']['output'];
  /** The number of transactions. */
  readonly transactionCount: Scalars['UInt']['output'];
  /** The number of inputs of all transactions. */
  readonly inputCount: Scalars['UInt']['output'];
  /** The number of outputs of all transactions. */
  readonly outputCount: Scalars['UInt']['output'];
  /** The sum of all output values. */
  readonly outputValue: Scalars['Satoshis']['output'];
  /** The sum of all fees; null with a reason in `feesUnknown`. */
  readonly fees?: Maybe<Scalars['Satoshis']['output']>;
  /** Why `fees` is null. */
  readonly feesUnknown?: Maybe<UnknownReason>;
  /**
   * The transactions in the order of the block, coinbase first. Null, with an error, where the page cannot be had, as with a cursor that
   * has expired.
   */
  readonly transactions?: Maybe<TransactionConnection>;
};


/** A block: of the main chain, or a stale one. */
export type BlockTransactionsArgs = {
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['Cursor']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  before?: InputMaybe<Scalars['Cursor']['input']>;
};

/** The indexed chain: its network, its tip, and how far the index is. */
export type Chain = {
  readonly __typename?: 'Chain';
  /** The network, such as btc-mainnet or bsv-regtest. */
  readonly network: Scalars['String']['output'];
  /** The last indexed block; null while the index is empty. */
  readonly tip?: Maybe<Block>;
  /** The node's last block, as the indexer last saw it; null if it never reached the node. */
  readonly nodeTip?: Maybe<BlockRef>;
  /** How many blocks the index is behind its node; null if the node was never reached. */
  readonly lag?: Maybe<Scalars['Int']['output']>;
  /** True when the index has all that its node has, and the node all blocks that it knows headers of. */
  readonly synced: Scalars['Boolean']['output'];
  /**
   * Where the events begin that follow what this answer shows: a subscription with `after: cursor` is told all that it does not
   * show, and nothing else. Null until the index has reached its node.
   */
  readonly cursor?: Maybe<Scalars['EventCursor']['output']>;
  /** The heights that are indexed, ascending. What lies outside of them is in no answer. */
  readonly coverage: ReadonlyArray<HeightRange>;
  /**
   * The tips of other branches among the last blocks, as the node knows them: while there is one, the chain may be reorganised.
   * Empty if there is none.
   */
  readonly split: ReadonlyArray<CompetingTip>;
};

/** The tip of another branch than the main chain. */
export type CompetingTip = {
  readonly __typename?: 'CompetingTip';
  /** The height of the branch's last block. */
  readonly height: Scalars['Int']['output'];
  /** The hash of the branch's last block. */
  readonly hash: Scalars['Hash']['output'];
  /** The number of blocks from where the branch leaves the main chain to its tip. */
  readonly branchLength: Scalars['Int']['output'];
  /**
   * What the node knows of it, in its words (getchaintips): valid-fork (checked), valid-headers, headers-only (not all blocks
   * are there) or invalid.
   */
  readonly status: Scalars['String']['output'];
};

/** The unconfirmed transactions as a whole. */
export type Mempool = {
  readonly __typename?: 'Mempool';
  /** How many there are. */
  readonly count: Scalars['UInt']['output'];
  /** The sum of their virtual sizes. */
  readonly virtualSize: Scalars['UInt']['output'];
  /** The sum of their fees, as far as they are known. */
  readonly fees: Scalars['Satoshis']['output'];
  /** How many there are by fee rate, ascending; ranges without any are left out. */
  readonly histogram: ReadonlyArray<FeeRateRange>;
};

/** The unconfirmed transactions with a fee rate in one range. */
export type FeeRateRange = {
  readonly __typename?: 'FeeRateRange';
  /** The lower end of the range, in satoshis for each virtual byte; it reaches up to the next range's. */
  readonly feeRateFrom: Scalars['Float']['output'];
  /** How many there are. */
  readonly count: Scalars['UInt']['output'];
  /** The sum of their virtual sizes. */
  readonly virtualSize: Scalars['UInt']['output'];
};

/** A block by its height and hash. */
export type BlockRef = {
  readonly __typename?: 'BlockRef';
  /** The height of the block. */
  readonly height: Scalars['Int']['output'];
  /** The hash of the block. */
  readonly hash: Scalars['Hash']['output'];
};

/** A range of block heights. */
export type HeightRange = {
  readonly __typename?: 'HeightRange';
  /** The first height. */
  readonly from: Scalars['Int']['output'];
  /** The last height. */
  readonly to: Scalars['Int']['output'];
};

/** Why a value that depends on outputs from elsewhere is null. */
export type UnknownReason =
  /** A coinbase spends no output and pays no fee. */
  | 'COINBASE'
  /** A spent output was created outside of the indexed blocks (see `chain { coverage }`), and the node could not tell it. */
  | 'OUTSIDE_COVERAGE';

/** Where a page lies in its list. */
export type PageInfo = {
  readonly __typename?: 'PageInfo';
  /** The cursor of the first edge; null on an empty page. */
  readonly startCursor?: Maybe<Scalars['Cursor']['output']>;
  /** The cursor to go on from; null if the list ends here with an empty page. */
  readonly endCursor?: Maybe<Scalars['Cursor']['output']>;
  /** Whether there is more behind this page. */
  readonly hasNextPage: Scalars['Boolean']['output'];
  /** Whether there is more before this page. */
  readonly hasPreviousPage: Scalars['Boolean']['output'];
  /**
   * True when the page ended because the request had examined as many rows as one request may, not because the page was
   * full: what matches may still follow. Go on from `endCursor` (or, with `last`, from `startCursor`).
   */
  readonly budgetExhausted: Scalars['Boolean']['output'];
};

/** A page of transactions. */
export type TransactionConnection = {
  readonly __typename?: 'TransactionConnection';
  /** The transactions with their cursors. */
  readonly edges: ReadonlyArray<TransactionEdge>;
  /** The transactions alone. */
  readonly nodes: ReadonlyArray<Transaction>;
  /** Where the page lies in the list. */
  readonly pageInfo: PageInfo;
};

/** A transaction in a list. */
export type TransactionEdge = {
  readonly __typename?: 'TransactionEdge';
  /** Its place in the list. */
  readonly cursor: Scalars['Cursor']['output'];
  /** The transaction. */
  readonly node: Transaction;
};

/** A page of blocks. */
export type BlockConnection = {
  readonly __typename?: 'BlockConnection';
  /** The blocks with their cursors. */
  readonly edges: ReadonlyArray<BlockEdge>;
  /** The blocks alone. */
  readonly nodes: ReadonlyArray<Block>;
  /** Where the page lies in the list. */
  readonly pageInfo: PageInfo;
};

/** A block in a list. */
export type BlockEdge = {
  readonly __typename?: 'BlockEdge';
  /** Its place in the list. */
  readonly cursor: Scalars['Cursor']['output'];
  /** The block. */
  readonly node: Block;
};

/** A page of outputs. */
export type OutputConnection = {
  readonly __typename?: 'OutputConnection';
  /** The outputs with their cursors. */
  readonly edges: ReadonlyArray<OutputEdge>;
  /** The outputs alone. */
  readonly nodes: ReadonlyArray<Output>;
  /** Where the page lies in the list. */
  readonly pageInfo: PageInfo;
};

/** An output in a list. */
export type OutputEdge = {
  readonly __typename?: 'OutputEdge';
  /** Its place in the list. */
  readonly cursor: Scalars['Cursor']['output'];
  /** The output. */
  readonly node: Output;
};

/**
 * Conditions on a transaction. All that are given hold together. Null is refused wherever it stands, and so is a variable without a
 * value: what a client failed to set would match everything.
 */
export type TransactionFilter = {
  /** It is one of these, at most 1,000. */
  readonly txids?: InputMaybe<ReadonlyArray<Scalars['Hash']['input']>>;
  /** It pays this address or spends from it. */
  readonly address?: InputMaybe<Scalars['String']['input']>;
  /** It is in a block (true), or is unconfirmed (false); both if not given. */
  readonly confirmed?: InputMaybe<Scalars['Boolean']['input']>;
  /**
   * It left the mempool and is in no block, as `transaction` shows it for some time (true). What did is left out where this is not
   * given, or false. In a subscription, true tells such ends alone.
   */
  readonly removed?: InputMaybe<Scalars['Boolean']['input']>;
  /** It is in a block of this range of heights. */
  readonly block?: InputMaybe<HeightFilter>;
  /** It is in a block with a header time in this range. */
  readonly time?: InputMaybe<TimeFilter>;
  /** It is a coinbase, or is not. */
  readonly coinbase?: InputMaybe<Scalars['Boolean']['input']>;
  /** It has data outputs that say this. Each member of the list holds on one and the same output, at most 10 members. */
  readonly data?: InputMaybe<ReadonlyArray<DataFilter>>;
};

/** A range of block heights. A bound that is not given is open. */
export type HeightFilter = {
  /** The first height. */
  readonly from?: InputMaybe<Scalars['Int']['input']>;
  /** The last height. */
  readonly to?: InputMaybe<Scalars['Int']['input']>;
};

/** A range of block times. A bound that is not given is open. */
export type TimeFilter = {
  /** The first moment, in unix seconds or ISO 8601. */
  readonly from?: InputMaybe<Scalars['Moment']['input']>;
  /** The last moment, in unix seconds or ISO 8601. */
  readonly to?: InputMaybe<Scalars['Moment']['input']>;
};

/** Conditions on one data output. All of them hold on that same output. */
export type DataFilter = {
  /** Conditions on its pushes, at least one, at most 10. */
  readonly pushes: ReadonlyArray<PushFilter>;
};

/** A condition on a push of a data output. */
export type PushFilter = {
  /** The place of the push behind OP_RETURN, from 0; any place if not given. */
  readonly index?: InputMaybe<Scalars['Int']['input']>;
  /** The push is equal to these bytes. */
  readonly equals?: InputMaybe<BytesInput>;
  /** The push starts with these bytes. */
  readonly startsWith?: InputMaybe<BytesInput>;
};

/** Bytes, in the form that suits: give exactly one. */
export type BytesInput =
  /** Text, as its UTF-8 bytes. */
  { readonly utf8: Scalars['String']['input']; readonly hex?: never; readonly base64?: never; }
  |  /** Hexadecimal digits. */
  { readonly utf8?: never; readonly hex: Scalars['Hex']['input']; readonly base64?: never; }
  |  /** Base64, with or without padding; the URL-safe alphabet is accepted. */
  { readonly utf8?: never; readonly hex?: never; readonly base64: Scalars['String']['input']; };

/** What can be asked for that changes something. */
export type Mutation = {
  readonly __typename?: 'Mutation';
  /**
   * Gives a transaction to the gateway's node, which checks it, takes it into its mempool and tells the network. One that is
   * in the mempool already is taken as given now. It can be queried as soon as the indexer has seen it there. The answer is its id;
   * null, with an error, where the node refuses it or does not answer.
   */
  readonly broadcastTransaction?: Maybe<Scalars['Hash']['output']>;
  /**
   * Gives a transaction and its unconfirmed parents to the gateway's node together, so that a child can pay for parents whose
   * fee is too low alone (Bitcoin Core 26 and later, `submitpackage`). Null, with an error, where the node has no such call, or does
   * not answer.
   */
  readonly broadcastPackage?: Maybe<PackageBroadcast>;
};


/** What can be asked for that changes something. */
export type MutationBroadcastTransactionArgs = {
  raw: Scalars['Hex']['input'];
  maxFeeRate?: InputMaybe<Scalars['Float']['input']>;
  maxBurnAmount?: InputMaybe<Scalars['Satoshis']['input']>;
};


/** What can be asked for that changes something. */
export type MutationBroadcastPackageArgs = {
  raws: ReadonlyArray<Scalars['Hex']['input']>;
  maxFeeRate?: InputMaybe<Scalars['Float']['input']>;
  maxBurnAmount?: InputMaybe<Scalars['Satoshis']['input']>;
};

/** What became of a package. */
export type PackageBroadcast = {
  readonly __typename?: 'PackageBroadcast';
  /** Whether all of it is in the node's mempool now. */
  readonly accepted: Scalars['Boolean']['output'];
  /** The node's word for that: `success`, or why not. */
  readonly message: Scalars['String']['output'];
  /** What became of each of its transactions. */
  readonly transactions: ReadonlyArray<TransactionTest>;
  /** Transactions that left the mempool for it. */
  readonly replaced: ReadonlyArray<Scalars['Hash']['output']>;
};

/** What a node says of a transaction that it was given. */
export type TransactionTest = {
  readonly __typename?: 'TransactionTest';
  /** The transaction id. */
  readonly txid: Scalars['Hash']['output'];
  /** Whether the node takes it. Null where it was not looked at, since another one of them is refused. */
  readonly accepted?: Maybe<Scalars['Boolean']['output']>;
  /** Why the node does not take it, in its own words. */
  readonly reason?: Maybe<Scalars['String']['output']>;
  /** Its size in virtual bytes; null where the node does not tell, as for what it refuses. */
  readonly virtualSize?: Maybe<Scalars['UInt']['output']>;
  /** What it pays, in satoshis; null where the node does not tell. */
  readonly fee?: Maybe<Scalars['Satoshis']['output']>;
  /** Satoshis a virtual byte, together with those that it is looked at with; null where the node does not tell. */
  readonly feeRate?: Maybe<Scalars['Float']['output']>;
};

/**
 * What can be asked of the indexed chain. A field that fails alone is null, with an error at its path, and the others are answered;
 * `chain` only fails where nothing can be.
 */
export type Query = {
  readonly __typename?: 'Query';
  /** The chain and the index of it: how fresh and how complete every answer of this endpoint is. */
  readonly chain: Chain;
  /**
   * One block, by hash or by height: give exactly one. By height it is the main chain's; by hash it may be a stale one too.
   * Null if the index does not hold it.
   */
  readonly block?: Maybe<Block>;
  /** The blocks of the main chain. Null, with an error, where the page cannot be had, as with a cursor that has expired. */
  readonly blocks?: Maybe<BlockConnection>;
  /**
   * One transaction by its id: in a block of the main chain, unconfirmed, or, for some time, one that left the mempool otherwise
   * (see `removed`). Null if the index does not hold it.
   */
  readonly transaction?: Maybe<Transaction>;
  /**
   * Whether the gateway's node would take these transactions into its mempool, without giving them to it (`testmempoolaccept`).
   * Each may spend from those before it; not so with nodes of BCH, which look at each by itself. Nodes of BSV have no such call.
   * Null, with an error, where the node has none, or does not answer.
   */
  readonly testTransactions?: Maybe<ReadonlyArray<TransactionTest>>;
  /**
   * The transactions that match a filter; without one, all. Unconfirmed ones count as the newest. Null, with an error, where the page
   * cannot be had, as with a filter that is refused or a cursor that has expired.
   */
  readonly transactions?: Maybe<TransactionConnection>;
  /** The unconfirmed transactions as a whole; null until the index has taken them in. */
  readonly mempool?: Maybe<Mempool>;
  /**
   * What the chain knows of an address: its transactions, unspent outputs and balance. Null, with an error, for what is no address of
   * the network.
   */
  readonly address?: Maybe<Address>;
};


/**
 * What can be asked of the indexed chain. A field that fails alone is null, with an error at its path, and the others are answered;
 * `chain` only fails where nothing can be.
 */
export type QueryBlockArgs = {
  hash?: InputMaybe<Scalars['Hash']['input']>;
  height?: InputMaybe<Scalars['Int']['input']>;
};


/**
 * What can be asked of the indexed chain. A field that fails alone is null, with an error at its path, and the others are answered;
 * `chain` only fails where nothing can be.
 */
export type QueryBlocksArgs = {
  order?: Order;
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['Cursor']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  before?: InputMaybe<Scalars['Cursor']['input']>;
};


/**
 * What can be asked of the indexed chain. A field that fails alone is null, with an error at its path, and the others are answered;
 * `chain` only fails where nothing can be.
 */
export type QueryTransactionArgs = {
  txid: Scalars['Hash']['input'];
};


/**
 * What can be asked of the indexed chain. A field that fails alone is null, with an error at its path, and the others are answered;
 * `chain` only fails where nothing can be.
 */
export type QueryTestTransactionsArgs = {
  raws: ReadonlyArray<Scalars['Hex']['input']>;
  maxFeeRate?: InputMaybe<Scalars['Float']['input']>;
};


/**
 * What can be asked of the indexed chain. A field that fails alone is null, with an error at its path, and the others are answered;
 * `chain` only fails where nothing can be.
 */
export type QueryTransactionsArgs = {
  filter?: InputMaybe<TransactionFilter>;
  order?: Order;
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['Cursor']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  before?: InputMaybe<Scalars['Cursor']['input']>;
};


/**
 * What can be asked of the indexed chain. A field that fails alone is null, with an error at its path, and the others are answered;
 * `chain` only fails where nothing can be.
 */
export type QueryAddressArgs = {
  address: Scalars['String']['input'];
};

/** The direction of a list along the chain. */
export type Order =
  /** The newest first. */
  | 'NEWEST_FIRST'
  /** The oldest first. */
  | 'OLDEST_FIRST';

/**
 * What one can be told of as it happens: by server-sent events (`accept: text/event-stream`) or over a WebSocket
 * (graphql-transport-ws), at the address of the queries. Each event has a cursor: `after` goes on behind it, on any replica,
 * without a gap or a repetition. It is of its own subscription alone: another one may not have been told as much. To begin with the
 * state that a query shows, take its `chain { cursor }`.
 */
export type Subscription = {
  readonly __typename?: 'Subscription';
  /**
   * What happens to the transactions that match a filter; without one, to all. Whoever is told of a transaction is told what
   * becomes of it, also when a reorganisation takes its block or another transaction its place.
   */
  readonly transactions: TransactionEvent;
  /** The blocks that come onto the main chain, and those that a reorganisation takes off it. */
  readonly blocks: BlockEvent;
  /** What happens to the transactions that pay one of some addresses, or spend from it. */
  readonly address: AddressEvent;
};


/**
 * What one can be told of as it happens: by server-sent events (`accept: text/event-stream`) or over a WebSocket
 * (graphql-transport-ws), at the address of the queries. Each event has a cursor: `after` goes on behind it, on any replica,
 * without a gap or a repetition. It is of its own subscription alone: another one may not have been told as much. To begin with the
 * state that a query shows, take its `chain { cursor }`.
 */
export type SubscriptionTransactionsArgs = {
  filter?: InputMaybe<TransactionFilter>;
  after?: InputMaybe<Scalars['EventCursor']['input']>;
  heartbeat?: Scalars['Boolean']['input'];
};


/**
 * What one can be told of as it happens: by server-sent events (`accept: text/event-stream`) or over a WebSocket
 * (graphql-transport-ws), at the address of the queries. Each event has a cursor: `after` goes on behind it, on any replica,
 * without a gap or a repetition. It is of its own subscription alone: another one may not have been told as much. To begin with the
 * state that a query shows, take its `chain { cursor }`.
 */
export type SubscriptionBlocksArgs = {
  after?: InputMaybe<Scalars['EventCursor']['input']>;
  heartbeat?: Scalars['Boolean']['input'];
};


/**
 * What one can be told of as it happens: by server-sent events (`accept: text/event-stream`) or over a WebSocket
 * (graphql-transport-ws), at the address of the queries. Each event has a cursor: `after` goes on behind it, on any replica,
 * without a gap or a repetition. It is of its own subscription alone: another one may not have been told as much. To begin with the
 * state that a query shows, take its `chain { cursor }`.
 */
export type SubscriptionAddressArgs = {
  addresses: ReadonlyArray<Scalars['String']['input']>;
  after?: InputMaybe<Scalars['EventCursor']['input']>;
  heartbeat?: Scalars['Boolean']['input'];
};

/** Something that happened to a transaction. */
export type TransactionEvent = {
  readonly __typename?: 'TransactionEvent';
  /** Its place among all events: give it as `after` to go on from here. */
  readonly cursor: Scalars['EventCursor']['output'];
  /** What happened. */
  readonly kind: TransactionEventKind;
  /** The transaction as it was then: confirmed by the block of the event, or unconfirmed. Null for HEARTBEAT alone. */
  readonly transaction?: Maybe<Transaction>;
  /** The block that holds it now (CONFIRMED), or held it until now (REORGANISED); null for the others. */
  readonly block?: Maybe<Block>;
  /** Why it was removed; null unless it was. */
  readonly reason?: Maybe<RemovalReason>;
  /** The id of the transaction that took its place, or that it conflicts with; null if there is none. */
  readonly by?: Maybe<Scalars['Hash']['output']>;
};

/** What can happen to a transaction. */
export type TransactionEventKind =
  /** The node took it into its mempool, or took it back when its block left the main chain. */
  | 'ACCEPTED'
  /** A block of the main chain holds it. */
  | 'CONFIRMED'
  /**
   * Its block is no longer on the main chain. What became of it follows: it is confirmed by another block, unconfirmed again
   * or removed. A coinbase goes with its block: nothing follows.
   */
  | 'REORGANISED'
  /** The node has seen another transaction that spends the same, while this one is unconfirmed (BCH: double-spend proofs). */
  | 'DOUBLE_SPENT'
  /** It left the mempool, or its block, and is nowhere now. */
  | 'REMOVED'
  /** Nothing happened that concerns the subscriber: all up to the cursor has been told. Only where `heartbeat` asks for it. */
  | 'HEARTBEAT';

/** Something that happened to a transaction that pays some addresses, or spends from them. */
export type AddressEvent = {
  readonly __typename?: 'AddressEvent';
  /** Its place among all events: give it as `after` to go on from here. */
  readonly cursor: Scalars['EventCursor']['output'];
  /** What happened. */
  readonly kind: TransactionEventKind;
  /** Those of the asked addresses that it is about, as they were asked for. */
  readonly addresses: ReadonlyArray<Scalars['String']['output']>;
  /** What the transaction pays to these addresses. */
  readonly received: Scalars['Satoshis']['output'];
  /** What it spends from them, as far as the spent outputs are known. */
  readonly spent: Scalars['Satoshis']['output'];
  /** The transaction as it was then: confirmed by the block of the event, or unconfirmed. Null for HEARTBEAT alone. */
  readonly transaction?: Maybe<Transaction>;
  /** The block that holds it now (CONFIRMED), or held it until now (REORGANISED); null for the others. */
  readonly block?: Maybe<Block>;
  /** Why it was removed; null unless it was. */
  readonly reason?: Maybe<RemovalReason>;
  /** The id of the transaction that took its place, or that it conflicts with; null if there is none. */
  readonly by?: Maybe<Scalars['Hash']['output']>;
};

/** A block that came onto the main chain, or was taken off it. */
export type BlockEvent = {
  readonly __typename?: 'BlockEvent';
  /** Its place among all events: give it as `after` to go on from here. */
  readonly cursor: Scalars['EventCursor']['output'];
  /** What happened. */
  readonly kind: BlockEventKind;
  /** The block. Null for HEARTBEAT alone. */
  readonly block?: Maybe<Block>;
};

/** What can happen to a block. */
export type BlockEventKind =
  /** It is on the main chain now, as its tip. */
  | 'CONNECTED'
  /** A reorganisation took it off the main chain, of which it was the tip. */
  | 'DISCONNECTED'
  /** Nothing happened: all up to the cursor has been told. Only where `heartbeat` asks for it. */
  | 'HEARTBEAT';

/** A transaction. */
export type Transaction = {
  readonly __typename?: 'Transaction';
  /** The transaction id: the hash without witness data. */
  readonly txid: Scalars['Hash']['output'];
  /** The hash with witness data (BIP 141); equal to `txid` where there is none. */
  readonly wtxid: Scalars['Hash']['output'];
  /** The block that holds it; null while it is unconfirmed. */
  readonly block?: Maybe<Block>;
  /** Its place in the block, the coinbase is 0; null while it is unconfirmed. */
  readonly blockIndex?: Maybe<Scalars['UInt']['output']>;
  /** How many blocks the chain has from its block to the tip, both counted; 0 while it is unconfirmed, or in a stale block. */
  readonly confirmations: Scalars['Int']['output'];
  /** When the node took it into its mempool, as far as the index has seen that; null if not. */
  readonly firstSeen?: Maybe<Scalars['Timestamp']['output']>;
  /** How it left the mempool without being in a block of the main chain; null if it did not. */
  readonly removed?: Maybe<Removal>;
  /** The id of the transaction that took its place in the mempool; null if none did. */
  readonly replacedBy?: Maybe<Scalars['Hash']['output']>;
  /**
   * Other transactions that spend one of the same outputs: one in a block first, then a pending one, then, for some time, such
   * as left the mempool. At most 100. Null, with an error, where they are more work to find than is left to the request.
   */
  readonly conflicts?: Maybe<ReadonlyArray<Transaction>>;
  /** True for the transaction that creates a block's new coins. */
  readonly coinbase: Scalars['Boolean']['output'];
  /** The version. */
  readonly version: Scalars['UInt']['output'];
  /** The earliest height (below 500,000,000) or unix time that it may be mined at; 0 for none. */
  readonly lockTime: Scalars['UInt']['output'];
  /** The size in bytes, witness data included. */
  readonly size: Scalars['UInt']['output'];
  /** The size in bytes without witness data. */
  readonly strippedSize: Scalars['UInt']['output'];
  /** The weight as BIP 141 defines it. */
  readonly weight: Scalars['UInt']['output'];
  /** A fourth of the weight, rounded up: what fee rates are counted in. Equal to `size` without witness data. */
  readonly virtualSize: Scalars['UInt']['output'];
  /** The number of inputs. */
  readonly inputCount: Scalars['UInt']['output'];
  /** The number of outputs. */
  readonly outputCount: Scalars['UInt']['output'];
  /**
   * The inputs, in order; `inputCount` tells whether there are more. They count for 10 in the price of a query where `first` is not
   * given.
   */
  readonly inputs: ReadonlyArray<Input>;
  /**
   * The outputs, in order; `outputCount` tells whether there are more. They count for 10 in the price of a query where `first` is not
   * given.
   */
  readonly outputs: ReadonlyArray<Output>;
  /** The sum of the spent outputs' values; null with a reason in `feeUnknown`. */
  readonly inputValue?: Maybe<Scalars['Satoshis']['output']>;
  /** The sum of the outputs' values. */
  readonly outputValue: Scalars['Satoshis']['output'];
  /** What the miner gets: `inputValue` less `outputValue`; null with a reason in `feeUnknown`. */
  readonly fee?: Maybe<Scalars['Satoshis']['output']>;
  /** The fee in satoshis for each virtual byte; null with a reason in `feeUnknown`. */
  readonly feeRate?: Maybe<Scalars['Float']['output']>;
  /** Why `inputValue`, `fee` and `feeRate` are null. */
  readonly feeUnknown?: Maybe<UnknownReason>;
  /** The serialized transaction, witness data included. */
  readonly hex: Scalars['Hex']['output'];
};


/** A transaction. */
export type TransactionInputsArgs = {
  first?: InputMaybe<Scalars['Int']['input']>;
  offset?: Scalars['Int']['input'];
};


/** A transaction. */
export type TransactionOutputsArgs = {
  first?: InputMaybe<Scalars['Int']['input']>;
  offset?: Scalars['Int']['input'];
};

/** How a transaction left the mempool without being in a block of the main chain. */
export type Removal = {
  readonly __typename?: 'Removal';
  /** Why it did. */
  readonly reason: RemovalReason;
  /** When it did. */
  readonly date: Scalars['DateTime']['output'];
  /** The id of the transaction that replaced it, or that it conflicts with; null if there is none. */
  readonly by?: Maybe<Scalars['Hash']['output']>;
};

/** Why a transaction is no longer in the mempool. */
export type RemovalReason =
  /** It is in a block. */
  | 'MINED'
  /** A transaction that pays more and spends an output of it took its place (BIP 125), or that of one that it depends on. */
  | 'REPLACED'
  /** A block holds another transaction that spends an output of it, or of one that it depends on. */
  | 'CONFLICT'
  /** The node's mempool was full, and it paid too little. */
  | 'EVICTED'
  /** It waited for too long. */
  | 'EXPIRED'
  /** A reorganisation took the block that it, or something that it depends on, was in. */
  | 'REORGANISED'
  /** The node found it, or what it depends on, invalid. */
  | 'INVALID'
  /** The node does not say. */
  | 'UNKNOWN';

/** An input: an outpoint that it spends and the proof that it may. */
export type Input = {
  readonly __typename?: 'Input';
  /** The transaction that it belongs to. */
  readonly transaction: Transaction;
  /** Its place in the transaction. */
  readonly index: Scalars['UInt']['output'];
  /** True for a coinbase's input, which spends nothing. */
  readonly coinbase: Scalars['Boolean']['output'];
  /** The id of the transaction whose output it spends; null for a coinbase. */
  readonly previousTxid?: Maybe<Scalars['Hash']['output']>;
  /** The index of the output that it spends; null for a coinbase. */
  readonly previousIndex?: Maybe<Scalars['UInt']['output']>;
  /** The output that it spends; null with a reason in `spentOutputUnknown`. */
  readonly spentOutput?: Maybe<SpentOutput>;
  /** Why `spentOutput` is null. */
  readonly spentOutputUnknown?: Maybe<UnknownReason>;
  /** The unlocking script (scriptSig); a coinbase's free data. */
  readonly unlockingScript: Scalars['Hex']['output'];
  /** The sequence number. */
  readonly sequence: Scalars['UInt']['output'];
  /** The witness items, in order. */
  readonly witness: ReadonlyArray<Scalars['Hex']['output']>;
};

/** The output that an input spends. */
export type SpentOutput = {
  readonly __typename?: 'SpentOutput';
  /** Its value. */
  readonly value: Scalars['Satoshis']['output'];
  /** Its locking script (scriptPubKey), without a CashTokens prefix. */
  readonly lockingScript: Scalars['Hex']['output'];
  /** The kind of its locking script. */
  readonly type: ScriptType;
  /** Its address; null where its kind of script has none. */
  readonly address?: Maybe<Scalars['String']['output']>;
  /** Its CashTokens; null without any, and on other currencies than BCH. */
  readonly token?: Maybe<Token>;
};

/** An output: a value, and the script that locks it. */
export type Output = {
  readonly __typename?: 'Output';
  /** The transaction that it belongs to. */
  readonly transaction: Transaction;
  /** Its place in the transaction. */
  readonly index: Scalars['UInt']['output'];
  /** Its value. */
  readonly value: Scalars['Satoshis']['output'];
  /** The locking script (scriptPubKey), without a CashTokens prefix. */
  readonly lockingScript: Scalars['Hex']['output'];
  /** The kind of the locking script. */
  readonly type: ScriptType;
  /** The address; null where its kind of script has none. */
  readonly address?: Maybe<Scalars['String']['output']>;
  /** What a data output says; null for any other output. */
  readonly data?: Maybe<Data>;
  /** Its CashTokens; null without any, and on other currencies than BCH. */
  readonly token?: Maybe<Token>;
  /** The input that spends it, confirmed or not; null while it is unspent. */
  readonly spentBy?: Maybe<Input>;
};

/** The content of a data output: OP_RETURN, or OP_FALSE OP_RETURN, and what is pushed behind it. */
export type Data = {
  readonly __typename?: 'Data';
  /** The number of pushes. */
  readonly pushCount: Scalars['UInt']['output'];
  /**
   * The pushes, in order; `pushCount` tells whether there are more. They count for 4 in the price of a query where `first` is not
   * given.
   */
  readonly pushes: ReadonlyArray<Push>;
};


/** The content of a data output: OP_RETURN, or OP_FALSE OP_RETURN, and what is pushed behind it. */
export type DataPushesArgs = {
  first?: InputMaybe<Scalars['Int']['input']>;
  offset?: Scalars['Int']['input'];
};

/** One element of a data output. */
export type Push = {
  readonly __typename?: 'Push';
  /** Its place behind OP_RETURN, from 0. */
  readonly index: Scalars['Int']['output'];
  /** The opcode that pushes it: its length up to 75, OP_PUSHDATA1, 2 or 4, a small number, or an opcode without data. */
  readonly opcode: Scalars['Int']['output'];
  /** The data in hexadecimal. */
  readonly hex: Scalars['Hex']['output'];
  /** The data as text; null if it is not valid UTF-8. */
  readonly utf8?: Maybe<Scalars['String']['output']>;
  /** The data in base64. */
  readonly base64: Scalars['String']['output'];
  /** The length of the data in bytes. */
  readonly size: Scalars['UInt']['output'];
  /** True for a last element that is no proper push: all bytes up to the end of the script. */
  readonly malformed: Scalars['Boolean']['output'];
};

/** CashTokens on a BCH output (CHIP-2022-02). */
export type Token = {
  readonly __typename?: 'Token';
  /** The token category, in display order. */
  readonly category: Scalars['Hash']['output'];
  /** The number of fungible tokens, as a decimal number. */
  readonly amount: Scalars['String']['output'];
  /** What the non-fungible token allows; null without one. */
  readonly capability?: Maybe<TokenCapability>;
  /** The non-fungible token's commitment; null without one. */
  readonly commitment?: Maybe<Scalars['Hex']['output']>;
};

/** What a non-fungible token allows its holder. */
export type TokenCapability =
  /** Nothing: it cannot change. */
  | 'NONE'
  /** Its commitment may change when it is spent. */
  | 'MUTABLE'
  /** New tokens of its category may be made. */
  | 'MINTING';

/** The kinds of locking scripts. */
export type ScriptType =
  /** Pay to public key. */
  | 'P2PK'
  /** Pay to public key hash. */
  | 'P2PKH'
  /** Pay to script hash (BIP 16). */
  | 'P2SH'
  /** Pay to a 32-byte script hash (BCH). */
  | 'P2SH32'
  /** Bare multisig: some of several public keys. */
  | 'MULTISIG'
  /** Pay to witness public key hash (BIP 141). */
  | 'P2WPKH'
  /** Pay to witness script hash (BIP 141). */
  | 'P2WSH'
  /** Pay to Taproot (BIP 341). */
  | 'P2TR'
  /** Pay to anchor: anyone may spend it, to raise a fee. */
  | 'P2A'
  /** A witness program of a version without a meaning so far. */
  | 'WITNESS_UNKNOWN'
  /** A data output: OP_RETURN, or OP_FALSE OP_RETURN. */
  | 'NULL_DATA'
  /** Anything else. */
  | 'NON_STANDARD';



export type ResolverTypeWrapper<T> = Promise<T> | T;


export type ResolverWithResolve<TResult, TParent, TContext, TArgs> = {
  resolve: ResolverFn<TResult, TParent, TContext, TArgs>;
};
export type Resolver<TResult, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> = ResolverFn<TResult, TParent, TContext, TArgs> | ResolverWithResolve<TResult, TParent, TContext, TArgs>;

export type ResolverFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => Promise<TResult> | TResult;

export type SubscriptionSubscribeFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => AsyncIterable<TResult> | Promise<AsyncIterable<TResult>>;

export type SubscriptionResolveFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => TResult | Promise<TResult>;

export interface SubscriptionSubscriberObject<TResult, TKey extends string, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<{ [key in TKey]: TResult }, TParent, TContext, TArgs>;
  resolve?: SubscriptionResolveFn<TResult, { [key in TKey]: TResult }, TContext, TArgs>;
}

export interface SubscriptionResolverObject<TResult, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<any, TParent, TContext, TArgs>;
  resolve: SubscriptionResolveFn<TResult, any, TContext, TArgs>;
}

export type SubscriptionObject<TResult, TKey extends string, TParent, TContext, TArgs> =
  | SubscriptionSubscriberObject<TResult, TKey, TParent, TContext, TArgs>
  | SubscriptionResolverObject<TResult, TParent, TContext, TArgs>;

export type SubscriptionResolver<TResult, TKey extends string, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> =
  | ((...args: any[]) => SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>)
  | SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>;

export type TypeResolveFn<TTypes, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>> = (
  parent: TParent,
  context: TContext,
  info: GraphQLResolveInfo
) => Maybe<TTypes> | Promise<Maybe<TTypes>>;

export type IsTypeOfResolverFn<T = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>> = (obj: T, context: TContext, info: GraphQLResolveInfo) => boolean | Promise<boolean>;

export type NextResolverFn<T> = () => Promise<T>;

export type DirectiveResolverFn<TResult = Record<PropertyKey, never>, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> = (
  next: NextResolverFn<TResult>,
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => TResult | Promise<TResult>;





/** Mapping between all available schema types and the resolvers types */
export type ResolversTypes = {
  Address: ResolverTypeWrapper<AddressView>;
  Balance: ResolverTypeWrapper<BalanceSums>;
  Block: ResolverTypeWrapper<BlockView>;
  Float: ResolverTypeWrapper<Scalars['Float']['output']>;
  Chain: ResolverTypeWrapper<ChainReader>;
  CompetingTip: ResolverTypeWrapper<BranchTip>;
  Mempool: ResolverTypeWrapper<MempoolSummary>;
  FeeRateRange: ResolverTypeWrapper<FeeRateCount>;
  BlockRef: ResolverTypeWrapper<BlockRef>;
  HeightRange: ResolverTypeWrapper<HeightRange>;
  UnknownReason: UnknownReason;
  PageInfo: ResolverTypeWrapper<PageInfo>;
  TransactionConnection: ResolverTypeWrapper<TransactionPage>;
  TransactionEdge: ResolverTypeWrapper<Omit<TransactionEdge, 'node'> & { node: ResolversTypes['Transaction'] }>;
  BlockConnection: ResolverTypeWrapper<BlockPage>;
  BlockEdge: ResolverTypeWrapper<Omit<BlockEdge, 'node'> & { node: ResolversTypes['Block'] }>;
  OutputConnection: ResolverTypeWrapper<OutputPage>;
  OutputEdge: ResolverTypeWrapper<Omit<OutputEdge, 'node'> & { node: ResolversTypes['Output'] }>;
  TransactionFilter: TransactionFilter;
  HeightFilter: HeightFilter;
  TimeFilter: TimeFilter;
  Moment: ResolverTypeWrapper<Scalars['Moment']['output']>;
  DataFilter: DataFilter;
  PushFilter: PushFilter;
  BytesInput: BytesInput;
  Mutation: ResolverTypeWrapper<Record<PropertyKey, never>>;
  PackageBroadcast: ResolverTypeWrapper<PackageBroadcast>;
  TransactionTest: ResolverTypeWrapper<TransactionTest>;
  Query: ResolverTypeWrapper<Record<PropertyKey, never>>;
  Order: Order;
  Hash: ResolverTypeWrapper<Scalars['Hash']['output']>;
  Hex: ResolverTypeWrapper<Scalars['Hex']['output']>;
  Satoshis: ResolverTypeWrapper<Scalars['Satoshis']['output']>;
  UInt: ResolverTypeWrapper<Scalars['UInt']['output']>;
  Timestamp: ResolverTypeWrapper<Scalars['Timestamp']['output']>;
  DateTime: ResolverTypeWrapper<Scalars['DateTime']['output']>;
  Cursor: ResolverTypeWrapper<Scalars['Cursor']['output']>;
  EventCursor: ResolverTypeWrapper<Scalars['EventCursor']['output']>;
  Subscription: ResolverTypeWrapper<Record<PropertyKey, never>>;
  TransactionEvent: ResolverTypeWrapper<TransactionNotice>;
  TransactionEventKind: TransactionEventKind;
  AddressEvent: ResolverTypeWrapper<AddressHappening>;
  BlockEvent: ResolverTypeWrapper<BlockNotice>;
  BlockEventKind: BlockEventKind;
  Transaction: ResolverTypeWrapper<TransactionView>;
  Removal: ResolverTypeWrapper<Departure>;
  RemovalReason: RemovalReason;
  Input: ResolverTypeWrapper<InputView>;
  SpentOutput: ResolverTypeWrapper<SpentOutputView>;
  Output: ResolverTypeWrapper<OutputView>;
  Data: ResolverTypeWrapper<DataElements>;
  Push: ResolverTypeWrapper<PushView>;
  Token: ResolverTypeWrapper<TokenData>;
  TokenCapability: TokenCapability;
  ScriptType: ScriptType;
  String: ResolverTypeWrapper<Scalars['String']['output']>;
  Int: ResolverTypeWrapper<Scalars['Int']['output']>;
  Boolean: ResolverTypeWrapper<Scalars['Boolean']['output']>;
};

/** Mapping between all available schema types and the resolvers parents */
export type ResolversParentTypes = {
  Address: AddressView;
  Balance: BalanceSums;
  Block: BlockView;
  Float: Scalars['Float']['output'];
  Chain: ChainReader;
  CompetingTip: BranchTip;
  Mempool: MempoolSummary;
  FeeRateRange: FeeRateCount;
  BlockRef: BlockRef;
  HeightRange: HeightRange;
  PageInfo: PageInfo;
  TransactionConnection: TransactionPage;
  TransactionEdge: Omit<TransactionEdge, 'node'> & { node: ResolversParentTypes['Transaction'] };
  BlockConnection: BlockPage;
  BlockEdge: Omit<BlockEdge, 'node'> & { node: ResolversParentTypes['Block'] };
  OutputConnection: OutputPage;
  OutputEdge: Omit<OutputEdge, 'node'> & { node: ResolversParentTypes['Output'] };
  TransactionFilter: TransactionFilter;
  HeightFilter: HeightFilter;
  TimeFilter: TimeFilter;
  Moment: Scalars['Moment']['output'];
  DataFilter: DataFilter;
  PushFilter: PushFilter;
  BytesInput: BytesInput;
  Mutation: Record<PropertyKey, never>;
  PackageBroadcast: PackageBroadcast;
  TransactionTest: TransactionTest;
  Query: Record<PropertyKey, never>;
  Hash: Scalars['Hash']['output'];
  Hex: Scalars['Hex']['output'];
  Satoshis: Scalars['Satoshis']['output'];
  UInt: Scalars['UInt']['output'];
  Timestamp: Scalars['Timestamp']['output'];
  DateTime: Scalars['DateTime']['output'];
  Cursor: Scalars['Cursor']['output'];
  EventCursor: Scalars['EventCursor']['output'];
  Subscription: Record<PropertyKey, never>;
  TransactionEvent: TransactionNotice;
  AddressEvent: AddressHappening;
  BlockEvent: BlockNotice;
  Transaction: TransactionView;
  Removal: Departure;
  Input: InputView;
  SpentOutput: SpentOutputView;
  Output: OutputView;
  Data: DataElements;
  Push: PushView;
  Token: TokenData;
  String: Scalars['String']['output'];
  Int: Scalars['Int']['output'];
  Boolean: Scalars['Boolean']['output'];
};

export type CostDirectiveArgs = {
  weight: Scalars['String']['input'];
};

export type CostDirectiveResolver<Result, Parent, ContextType = RequestContext, Args = CostDirectiveArgs> = DirectiveResolverFn<Result, Parent, ContextType, Args>;

export type ListSizeDirectiveArgs = {
  assumedSize?: Maybe<Scalars['Int']['input']>;
  slicingArguments?: Maybe<ReadonlyArray<Scalars['String']['input']>>;
  sizedFields?: Maybe<ReadonlyArray<Scalars['String']['input']>>;
  requireOneSlicingArgument?: Maybe<Scalars['Boolean']['input']>;
};

export type ListSizeDirectiveResolver<Result, Parent, ContextType = RequestContext, Args = ListSizeDirectiveArgs> = DirectiveResolverFn<Result, Parent, ContextType, Args>;

export type AddressResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Address'] = ResolversParentTypes['Address']> = {
  address?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  type?: Resolver<ResolversTypes['ScriptType'], ParentType, ContextType>;
  lockingScript?: Resolver<ResolversTypes['Hex'], ParentType, ContextType>;
  balance?: Resolver<Maybe<ResolversTypes['Balance']>, ParentType, ContextType>;
  transactions?: Resolver<Maybe<ResolversTypes['TransactionConnection']>, ParentType, ContextType, RequireFields<AddressTransactionsArgs, 'order'>>;
  unspentOutputs?: Resolver<Maybe<ResolversTypes['OutputConnection']>, ParentType, ContextType, RequireFields<AddressUnspentOutputsArgs, 'order'>>;
};

export type BalanceResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Balance'] = ResolversParentTypes['Balance']> = {
  received?: Resolver<ResolversTypes['Satoshis'], ParentType, ContextType>;
  spent?: Resolver<ResolversTypes['Satoshis'], ParentType, ContextType>;
  unspent?: Resolver<Maybe<ResolversTypes['Satoshis']>, ParentType, ContextType>;
  transactionCount?: Resolver<ResolversTypes['UInt'], ParentType, ContextType>;
};

export type BlockResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Block'] = ResolversParentTypes['Block']> = {
  hash?: Resolver<ResolversTypes['Hash'], ParentType, ContextType>;
  height?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  onMainChain?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  confirmations?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  version?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  header?: Resolver<ResolversTypes['Hex'], ParentType, ContextType>;
  previousHash?: Resolver<Maybe<ResolversTypes['Hash']>, ParentType, ContextType>;
  previous?: Resolver<Maybe<ResolversTypes['Block']>, ParentType, ContextType>;
  next?: Resolver<Maybe<ResolversTypes['Block']>, ParentType, ContextType>;
  merkleRoot?: Resolver<ResolversTypes['Hash'], ParentType, ContextType>;
  time?: Resolver<ResolversTypes['Timestamp'], ParentType, ContextType>;
  date?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  medianTime?: Resolver<Maybe<ResolversTypes['Timestamp']>, ParentType, ContextType>;
  bits?: Resolver<ResolversTypes['Hex'], ParentType, ContextType>;
  difficulty?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  nonce?: Resolver<ResolversTypes['UInt'], ParentType, ContextType>;
  chainWork?: Resolver<Maybe<ResolversTypes['Hex']>, ParentType, ContextType>;
  size?: Resolver<ResolversTypes['UInt'], ParentType, ContextType>;
  strippedSize?: Resolver<ResolversTypes['UInt'], ParentType, ContextType>;
  weight?: Resolver<ResolversTypes['UInt'], ParentType, ContextType>;
  transactionCount?: Resolver<ResolversTypes['UInt'], ParentType, ContextType>;
  inputCount?: Resolver<ResolversTypes['UInt'], ParentType, ContextType>;
  outputCount?: Resolver<ResolversTypes['UInt'], ParentType, ContextType>;
  outputValue?: Resolver<ResolversTypes['Satoshis'], ParentType, ContextType>;
  fees?: Resolver<Maybe<ResolversTypes['Satoshis']>, ParentType, ContextType>;
  feesUnknown?: Resolver<Maybe<ResolversTypes['UnknownReason']>, ParentType, ContextType>;
  transactions?: Resolver<Maybe<ResolversTypes['TransactionConnection']>, ParentType, ContextType, Partial<BlockTransactionsArgs>>;
};

export type ChainResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Chain'] = ResolversParentTypes['Chain']> = {
  network?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  tip?: Resolver<Maybe<ResolversTypes['Block']>, ParentType, ContextType>;
  nodeTip?: Resolver<Maybe<ResolversTypes['BlockRef']>, ParentType, ContextType>;
  lag?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  synced?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  cursor?: Resolver<Maybe<ResolversTypes['EventCursor']>, ParentType, ContextType>;
  coverage?: Resolver<ReadonlyArray<ResolversTypes['HeightRange']>, ParentType, ContextType>;
  split?: Resolver<ReadonlyArray<ResolversTypes['CompetingTip']>, ParentType, ContextType>;
};

export type CompetingTipResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['CompetingTip'] = ResolversParentTypes['CompetingTip']> = {
  height?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  hash?: Resolver<ResolversTypes['Hash'], ParentType, ContextType>;
  branchLength?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  status?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type MempoolResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Mempool'] = ResolversParentTypes['Mempool']> = {
  count?: Resolver<ResolversTypes['UInt'], ParentType, ContextType>;
  virtualSize?: Resolver<ResolversTypes['UInt'], ParentType, ContextType>;
  fees?: Resolver<ResolversTypes['Satoshis'], ParentType, ContextType>;
  histogram?: Resolver<ReadonlyArray<ResolversTypes['FeeRateRange']>, ParentType, ContextType>;
};

export type FeeRateRangeResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['FeeRateRange'] = ResolversParentTypes['FeeRateRange']> = {
  feeRateFrom?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  count?: Resolver<ResolversTypes['UInt'], ParentType, ContextType>;
  virtualSize?: Resolver<ResolversTypes['UInt'], ParentType, ContextType>;
};

export type BlockRefResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['BlockRef'] = ResolversParentTypes['BlockRef']> = {
  height?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  hash?: Resolver<ResolversTypes['Hash'], ParentType, ContextType>;
};

export type HeightRangeResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['HeightRange'] = ResolversParentTypes['HeightRange']> = {
  from?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  to?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type PageInfoResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['PageInfo'] = ResolversParentTypes['PageInfo']> = {
  startCursor?: Resolver<Maybe<ResolversTypes['Cursor']>, ParentType, ContextType>;
  endCursor?: Resolver<Maybe<ResolversTypes['Cursor']>, ParentType, ContextType>;
  hasNextPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  hasPreviousPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  budgetExhausted?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
};

export type TransactionConnectionResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['TransactionConnection'] = ResolversParentTypes['TransactionConnection']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['TransactionEdge']>, ParentType, ContextType>;
  nodes?: Resolver<ReadonlyArray<ResolversTypes['Transaction']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type TransactionEdgeResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['TransactionEdge'] = ResolversParentTypes['TransactionEdge']> = {
  cursor?: Resolver<ResolversTypes['Cursor'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['Transaction'], ParentType, ContextType>;
};

export type BlockConnectionResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['BlockConnection'] = ResolversParentTypes['BlockConnection']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['BlockEdge']>, ParentType, ContextType>;
  nodes?: Resolver<ReadonlyArray<ResolversTypes['Block']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type BlockEdgeResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['BlockEdge'] = ResolversParentTypes['BlockEdge']> = {
  cursor?: Resolver<ResolversTypes['Cursor'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['Block'], ParentType, ContextType>;
};

export type OutputConnectionResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['OutputConnection'] = ResolversParentTypes['OutputConnection']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['OutputEdge']>, ParentType, ContextType>;
  nodes?: Resolver<ReadonlyArray<ResolversTypes['Output']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type OutputEdgeResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['OutputEdge'] = ResolversParentTypes['OutputEdge']> = {
  cursor?: Resolver<ResolversTypes['Cursor'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['Output'], ParentType, ContextType>;
};

export interface MomentScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['Moment'], any> {
  name: 'Moment';
}

export type MutationResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Mutation'] = ResolversParentTypes['Mutation']> = {
  broadcastTransaction?: Resolver<Maybe<ResolversTypes['Hash']>, ParentType, ContextType, RequireFields<MutationBroadcastTransactionArgs, 'raw'>>;
  broadcastPackage?: Resolver<Maybe<ResolversTypes['PackageBroadcast']>, ParentType, ContextType, RequireFields<MutationBroadcastPackageArgs, 'raws'>>;
};

export type PackageBroadcastResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['PackageBroadcast'] = ResolversParentTypes['PackageBroadcast']> = {
  accepted?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  transactions?: Resolver<ReadonlyArray<ResolversTypes['TransactionTest']>, ParentType, ContextType>;
  replaced?: Resolver<ReadonlyArray<ResolversTypes['Hash']>, ParentType, ContextType>;
};

export type TransactionTestResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['TransactionTest'] = ResolversParentTypes['TransactionTest']> = {
  txid?: Resolver<ResolversTypes['Hash'], ParentType, ContextType>;
  accepted?: Resolver<Maybe<ResolversTypes['Boolean']>, ParentType, ContextType>;
  reason?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  virtualSize?: Resolver<Maybe<ResolversTypes['UInt']>, ParentType, ContextType>;
  fee?: Resolver<Maybe<ResolversTypes['Satoshis']>, ParentType, ContextType>;
  feeRate?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
};

export type QueryResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Query'] = ResolversParentTypes['Query']> = {
  chain?: Resolver<ResolversTypes['Chain'], ParentType, ContextType>;
  block?: Resolver<Maybe<ResolversTypes['Block']>, ParentType, ContextType, Partial<QueryBlockArgs>>;
  blocks?: Resolver<Maybe<ResolversTypes['BlockConnection']>, ParentType, ContextType, RequireFields<QueryBlocksArgs, 'order'>>;
  transaction?: Resolver<Maybe<ResolversTypes['Transaction']>, ParentType, ContextType, RequireFields<QueryTransactionArgs, 'txid'>>;
  testTransactions?: Resolver<Maybe<ReadonlyArray<ResolversTypes['TransactionTest']>>, ParentType, ContextType, RequireFields<QueryTestTransactionsArgs, 'raws'>>;
  transactions?: Resolver<Maybe<ResolversTypes['TransactionConnection']>, ParentType, ContextType, RequireFields<QueryTransactionsArgs, 'order'>>;
  mempool?: Resolver<Maybe<ResolversTypes['Mempool']>, ParentType, ContextType>;
  address?: Resolver<Maybe<ResolversTypes['Address']>, ParentType, ContextType, RequireFields<QueryAddressArgs, 'address'>>;
};

export interface HashScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['Hash'], any> {
  name: 'Hash';
}

export interface HexScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['Hex'], any> {
  name: 'Hex';
}

export interface SatoshisScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['Satoshis'], any> {
  name: 'Satoshis';
}

export interface UIntScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['UInt'], any> {
  name: 'UInt';
}

export interface TimestampScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['Timestamp'], any> {
  name: 'Timestamp';
}

export interface DateTimeScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['DateTime'], any> {
  name: 'DateTime';
}

export interface CursorScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['Cursor'], any> {
  name: 'Cursor';
}

export interface EventCursorScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['EventCursor'], any> {
  name: 'EventCursor';
}

export type SubscriptionResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Subscription'] = ResolversParentTypes['Subscription']> = {
  transactions?: SubscriptionResolver<ResolversTypes['TransactionEvent'], "transactions", ParentType, ContextType, RequireFields<SubscriptionTransactionsArgs, 'heartbeat'>>;
  blocks?: SubscriptionResolver<ResolversTypes['BlockEvent'], "blocks", ParentType, ContextType, RequireFields<SubscriptionBlocksArgs, 'heartbeat'>>;
  address?: SubscriptionResolver<ResolversTypes['AddressEvent'], "address", ParentType, ContextType, RequireFields<SubscriptionAddressArgs, 'addresses' | 'heartbeat'>>;
};

export type TransactionEventResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['TransactionEvent'] = ResolversParentTypes['TransactionEvent']> = {
  cursor?: Resolver<ResolversTypes['EventCursor'], ParentType, ContextType>;
  kind?: Resolver<ResolversTypes['TransactionEventKind'], ParentType, ContextType>;
  transaction?: Resolver<Maybe<ResolversTypes['Transaction']>, ParentType, ContextType>;
  block?: Resolver<Maybe<ResolversTypes['Block']>, ParentType, ContextType>;
  reason?: Resolver<Maybe<ResolversTypes['RemovalReason']>, ParentType, ContextType>;
  by?: Resolver<Maybe<ResolversTypes['Hash']>, ParentType, ContextType>;
};

export type AddressEventResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['AddressEvent'] = ResolversParentTypes['AddressEvent']> = {
  cursor?: Resolver<ResolversTypes['EventCursor'], ParentType, ContextType>;
  kind?: Resolver<ResolversTypes['TransactionEventKind'], ParentType, ContextType>;
  addresses?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  received?: Resolver<ResolversTypes['Satoshis'], ParentType, ContextType>;
  spent?: Resolver<ResolversTypes['Satoshis'], ParentType, ContextType>;
  transaction?: Resolver<Maybe<ResolversTypes['Transaction']>, ParentType, ContextType>;
  block?: Resolver<Maybe<ResolversTypes['Block']>, ParentType, ContextType>;
  reason?: Resolver<Maybe<ResolversTypes['RemovalReason']>, ParentType, ContextType>;
  by?: Resolver<Maybe<ResolversTypes['Hash']>, ParentType, ContextType>;
};

export type BlockEventResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['BlockEvent'] = ResolversParentTypes['BlockEvent']> = {
  cursor?: Resolver<ResolversTypes['EventCursor'], ParentType, ContextType>;
  kind?: Resolver<ResolversTypes['BlockEventKind'], ParentType, ContextType>;
  block?: Resolver<Maybe<ResolversTypes['Block']>, ParentType, ContextType>;
};

export type TransactionResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Transaction'] = ResolversParentTypes['Transaction']> = {
  txid?: Resolver<ResolversTypes['Hash'], ParentType, ContextType>;
  wtxid?: Resolver<ResolversTypes['Hash'], ParentType, ContextType>;
  block?: Resolver<Maybe<ResolversTypes['Block']>, ParentType, ContextType>;
  blockIndex?: Resolver<Maybe<ResolversTypes['UInt']>, ParentType, ContextType>;
  confirmations?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  firstSeen?: Resolver<Maybe<ResolversTypes['Timestamp']>, ParentType, ContextType>;
  removed?: Resolver<Maybe<ResolversTypes['Removal']>, ParentType, ContextType>;
  replacedBy?: Resolver<Maybe<ResolversTypes['Hash']>, ParentType, ContextType>;
  conflicts?: Resolver<Maybe<ReadonlyArray<ResolversTypes['Transaction']>>, ParentType, ContextType>;
  coinbase?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  version?: Resolver<ResolversTypes['UInt'], ParentType, ContextType>;
  lockTime?: Resolver<ResolversTypes['UInt'], ParentType, ContextType>;
  size?: Resolver<ResolversTypes['UInt'], ParentType, ContextType>;
  strippedSize?: Resolver<ResolversTypes['UInt'], ParentType, ContextType>;
  weight?: Resolver<ResolversTypes['UInt'], ParentType, ContextType>;
  virtualSize?: Resolver<ResolversTypes['UInt'], ParentType, ContextType>;
  inputCount?: Resolver<ResolversTypes['UInt'], ParentType, ContextType>;
  outputCount?: Resolver<ResolversTypes['UInt'], ParentType, ContextType>;
  inputs?: Resolver<ReadonlyArray<ResolversTypes['Input']>, ParentType, ContextType, RequireFields<TransactionInputsArgs, 'offset'>>;
  outputs?: Resolver<ReadonlyArray<ResolversTypes['Output']>, ParentType, ContextType, RequireFields<TransactionOutputsArgs, 'offset'>>;
  inputValue?: Resolver<Maybe<ResolversTypes['Satoshis']>, ParentType, ContextType>;
  outputValue?: Resolver<ResolversTypes['Satoshis'], ParentType, ContextType>;
  fee?: Resolver<Maybe<ResolversTypes['Satoshis']>, ParentType, ContextType>;
  feeRate?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  feeUnknown?: Resolver<Maybe<ResolversTypes['UnknownReason']>, ParentType, ContextType>;
  hex?: Resolver<ResolversTypes['Hex'], ParentType, ContextType>;
};

export type RemovalResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Removal'] = ResolversParentTypes['Removal']> = {
  reason?: Resolver<ResolversTypes['RemovalReason'], ParentType, ContextType>;
  date?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  by?: Resolver<Maybe<ResolversTypes['Hash']>, ParentType, ContextType>;
};

export type InputResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Input'] = ResolversParentTypes['Input']> = {
  transaction?: Resolver<ResolversTypes['Transaction'], ParentType, ContextType>;
  index?: Resolver<ResolversTypes['UInt'], ParentType, ContextType>;
  coinbase?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  previousTxid?: Resolver<Maybe<ResolversTypes['Hash']>, ParentType, ContextType>;
  previousIndex?: Resolver<Maybe<ResolversTypes['UInt']>, ParentType, ContextType>;
  spentOutput?: Resolver<Maybe<ResolversTypes['SpentOutput']>, ParentType, ContextType>;
  spentOutputUnknown?: Resolver<Maybe<ResolversTypes['UnknownReason']>, ParentType, ContextType>;
  unlockingScript?: Resolver<ResolversTypes['Hex'], ParentType, ContextType>;
  sequence?: Resolver<ResolversTypes['UInt'], ParentType, ContextType>;
  witness?: Resolver<ReadonlyArray<ResolversTypes['Hex']>, ParentType, ContextType>;
};

export type SpentOutputResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['SpentOutput'] = ResolversParentTypes['SpentOutput']> = {
  value?: Resolver<ResolversTypes['Satoshis'], ParentType, ContextType>;
  lockingScript?: Resolver<ResolversTypes['Hex'], ParentType, ContextType>;
  type?: Resolver<ResolversTypes['ScriptType'], ParentType, ContextType>;
  address?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  token?: Resolver<Maybe<ResolversTypes['Token']>, ParentType, ContextType>;
};

export type OutputResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Output'] = ResolversParentTypes['Output']> = {
  transaction?: Resolver<ResolversTypes['Transaction'], ParentType, ContextType>;
  index?: Resolver<ResolversTypes['UInt'], ParentType, ContextType>;
  value?: Resolver<ResolversTypes['Satoshis'], ParentType, ContextType>;
  lockingScript?: Resolver<ResolversTypes['Hex'], ParentType, ContextType>;
  type?: Resolver<ResolversTypes['ScriptType'], ParentType, ContextType>;
  address?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  data?: Resolver<Maybe<ResolversTypes['Data']>, ParentType, ContextType>;
  token?: Resolver<Maybe<ResolversTypes['Token']>, ParentType, ContextType>;
  spentBy?: Resolver<Maybe<ResolversTypes['Input']>, ParentType, ContextType>;
};

export type DataResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Data'] = ResolversParentTypes['Data']> = {
  pushCount?: Resolver<ResolversTypes['UInt'], ParentType, ContextType>;
  pushes?: Resolver<ReadonlyArray<ResolversTypes['Push']>, ParentType, ContextType, RequireFields<DataPushesArgs, 'offset'>>;
};

export type PushResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Push'] = ResolversParentTypes['Push']> = {
  index?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  opcode?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  hex?: Resolver<ResolversTypes['Hex'], ParentType, ContextType>;
  utf8?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  base64?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  size?: Resolver<ResolversTypes['UInt'], ParentType, ContextType>;
  malformed?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
};

export type TokenResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Token'] = ResolversParentTypes['Token']> = {
  category?: Resolver<ResolversTypes['Hash'], ParentType, ContextType>;
  amount?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  capability?: Resolver<Maybe<ResolversTypes['TokenCapability']>, ParentType, ContextType>;
  commitment?: Resolver<Maybe<ResolversTypes['Hex']>, ParentType, ContextType>;
};

export type Resolvers<ContextType = RequestContext> = {
  Address?: AddressResolvers<ContextType>;
  Balance?: BalanceResolvers<ContextType>;
  Block?: BlockResolvers<ContextType>;
  Chain?: ChainResolvers<ContextType>;
  CompetingTip?: CompetingTipResolvers<ContextType>;
  Mempool?: MempoolResolvers<ContextType>;
  FeeRateRange?: FeeRateRangeResolvers<ContextType>;
  BlockRef?: BlockRefResolvers<ContextType>;
  HeightRange?: HeightRangeResolvers<ContextType>;
  PageInfo?: PageInfoResolvers<ContextType>;
  TransactionConnection?: TransactionConnectionResolvers<ContextType>;
  TransactionEdge?: TransactionEdgeResolvers<ContextType>;
  BlockConnection?: BlockConnectionResolvers<ContextType>;
  BlockEdge?: BlockEdgeResolvers<ContextType>;
  OutputConnection?: OutputConnectionResolvers<ContextType>;
  OutputEdge?: OutputEdgeResolvers<ContextType>;
  Moment?: GraphQLScalarType;
  Mutation?: MutationResolvers<ContextType>;
  PackageBroadcast?: PackageBroadcastResolvers<ContextType>;
  TransactionTest?: TransactionTestResolvers<ContextType>;
  Query?: QueryResolvers<ContextType>;
  Hash?: GraphQLScalarType;
  Hex?: GraphQLScalarType;
  Satoshis?: GraphQLScalarType;
  UInt?: GraphQLScalarType;
  Timestamp?: GraphQLScalarType;
  DateTime?: GraphQLScalarType;
  Cursor?: GraphQLScalarType;
  EventCursor?: GraphQLScalarType;
  Subscription?: SubscriptionResolvers<ContextType>;
  TransactionEvent?: TransactionEventResolvers<ContextType>;
  AddressEvent?: AddressEventResolvers<ContextType>;
  BlockEvent?: BlockEventResolvers<ContextType>;
  Transaction?: TransactionResolvers<ContextType>;
  Removal?: RemovalResolvers<ContextType>;
  Input?: InputResolvers<ContextType>;
  SpentOutput?: SpentOutputResolvers<ContextType>;
  Output?: OutputResolvers<ContextType>;
  Data?: DataResolvers<ContextType>;
  Push?: PushResolvers<ContextType>;
  Token?: TokenResolvers<ContextType>;
};

export type DirectiveResolvers<ContextType = RequestContext> = {
  cost?: CostDirectiveResolver<any, any, ContextType>;
  listSize?: ListSizeDirectiveResolver<any, any, ContextType>;
};
