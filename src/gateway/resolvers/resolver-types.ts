// Generated from schema/ by `npm run codegen`: change it there.
import type { GraphQLResolveInfo, GraphQLScalarType, GraphQLScalarTypeConfig } from 'graphql';
import type { ChainReader } from '../../query/reader.ts';
import type { BlockView } from '../../query/block-reader.ts';
import type { TransactionView, InputView, OutputView } from '../../query/transaction-view.ts';
import type { Departure } from '../../store/departures.ts';
import type { MempoolSummary, FeeRateRange as FeeRateCount, CompetingTip as BranchTip } from '../../store/state.ts';
import type { FamilyStatus } from '../observe/chain-status.ts';
import type { SpentOutputView } from '../../query/script-view.ts';
import type { TokenData } from '../../chain/token.ts';
import type { DataElements } from '../../chain/data.ts';
import type { PushView, BalancePage, BalanceView, PendingBalanceView, NumberedBlock, AskedFees, AskedNodeFees, TransactionNotice, AddressHappening, BlockNotice, ExplainedPage, ExplainedStep, BlockPage, TransactionPage, OutputPage } from './parents.ts';
import type { BalancePeriod as HistoryPeriod } from '../../query/balance-history.ts';
import type { Relatives as PendingRelatives } from '../../mempool/relatives.ts';
import type { SmartFeeEstimate } from '../../rpc/fee-estimates.ts';
import type { AddressView } from './address-view.ts';
import type { PartialBalance as PartialSums } from '../../query/balance.ts';
import type { WalletView } from './wallet-view.ts';
import type { WalletAddress as DerivedAddress, WalletChain as DerivedChain } from '../../wallet/discovery.ts';
import type { PlanRefusal as RefusedPage } from '../../query/explain/explain.ts';
import type { Prediction } from '../../query/explain/prediction.ts';
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
  /** A point in time as input: Unix seconds, or ISO 8601, for example 2015-05-20 or 2015-05-20T19:08:22Z. */
  Moment: { input: number; output: number; }
  /** The hash of a block or the id of a transaction: 64 hexadecimal digits in display order, as explorers and bitcoind show it. */
  Hash: { input: Uint8Array; output: Uint8Array; }
  /** Bytes in hexadecimal: two lower-case digits per byte. As input, upper case is accepted too. */
  Hex: { input: Uint8Array; output: Uint8Array; }
  /** An amount in satoshis: a whole number, at most 21e14, so JSON numbers are exact. */
  Satoshis: { input: number; output: number; }
  /** A whole number from 0 to 2^53 - 1, for values that may exceed GraphQL's 32-bit Int, for example sizes and sequence numbers. */
  UInt: { input: number; output: number; }
  /** A point in time in Unix seconds, as in block headers. */
  Timestamp: { input: number; output: number; }
  /** A point in time as ISO 8601 in UTC, for example 2015-05-20T19:08:22.000Z. */
  DateTime: { input: number; output: number; }
  /** A position in a list, as returned with a page. It is valid only for the same field, filter and order. Do not change it. */
  Cursor: { input: string; output: string; }
  /**
   * A position in the event log of an index, as returned with an event or by `chain { cursor }`. That of `chain` is valid for every
   * subscription, that of an event for the subscription that received it. Do not change it.
   */
  EventCursor: { input: string; output: string; }
};

/** An address, with its transactions, unspent outputs and balance in the indexed chain. */
export type Address = {
  readonly __typename?: 'Address';
  /** The address in the network's usual form. */
  readonly address: Scalars['String']['output'];
  /** The type of its locking script. */
  readonly type: ScriptType;
  /** The locking script that the address encodes. */
  readonly lockingScript: Scalars['Hex']['output'];
  /**
   * The amounts that it received, spent and holds, in confirmed transactions only. Null if it has more of them than one request may
   * add up; then `balanceUnknown` has what is known.
   */
  readonly balance?: Maybe<Balance>;
  /** What is known of the balance if `balance` is null because there is too much to add up. Null otherwise. */
  readonly balanceUnknown?: Maybe<PartialBalance>;
  /**
   * What it received and spent in each period, and what it held at the end, in confirmed transactions only, oldest first. Periods
   * without a transaction of it are left out. Header times go back and forth, so a block counts at the highest header time up to it:
   * each period is a run of blocks. The balances are added up from the first indexed block: with `from`, or many transactions, a page
   * may end before it is full, with `pageInfo { budgetExhausted }` and a cursor. Null, with an error, if the page cannot be returned.
   */
  readonly balances?: Maybe<BalanceHistory>;
  /**
   * The transactions that pay the address or spend from it, including unconfirmed ones. Null, with an error, if the page cannot be
   * returned, for example because its cursor has expired.
   */
  readonly transactions?: Maybe<TransactionConnection>;
  /**
   * The address's unspent outputs. Outputs of unconfirmed transactions are included; outputs that an unconfirmed transaction spends
   * are not. Null, with an error, if the page cannot be returned.
   */
  readonly unspentOutputs?: Maybe<OutputConnection>;
};


/** An address, with its transactions, unspent outputs and balance in the indexed chain. */
export type AddressBalancesArgs = {
  by: Interval;
  from?: InputMaybe<Scalars['Moment']['input']>;
  to?: InputMaybe<Scalars['Moment']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['Cursor']['input']>;
};


/** An address, with its transactions, unspent outputs and balance in the indexed chain. */
export type AddressTransactionsArgs = {
  order?: Order;
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['Cursor']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  before?: InputMaybe<Scalars['Cursor']['input']>;
};


/** An address, with its transactions, unspent outputs and balance in the indexed chain. */
export type AddressUnspentOutputsArgs = {
  order?: Order;
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['Cursor']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  before?: InputMaybe<Scalars['Cursor']['input']>;
};

/** How a time line is divided, in UTC. */
export type Interval =
  /** Each block by itself. */
  | 'BLOCK'
  /** Hours. */
  | 'HOUR'
  /** Days. */
  | 'DAY'
  /** Weeks, which begin on Monday. */
  | 'WEEK'
  /** Calendar months. */
  | 'MONTH'
  /** Calendar years. */
  | 'YEAR';

/** A page of the history of balances, which is only read forwards: the sums of each page are added to those before. */
export type BalanceHistory = {
  readonly __typename?: 'BalanceHistory';
  /** The periods, each with its cursor. */
  readonly edges: ReadonlyArray<BalanceEdge>;
  /** The periods, without cursors. */
  readonly nodes: ReadonlyArray<BalancePeriod>;
  /** The position of the page in the list. */
  readonly pageInfo: PageInfo;
};

/** A period in a list. */
export type BalanceEdge = {
  readonly __typename?: 'BalanceEdge';
  /** The position in the list. */
  readonly cursor: Scalars['Cursor']['output'];
  /** The period. */
  readonly node: BalancePeriod;
};

/** What an address did in a period. */
export type BalancePeriod = {
  readonly __typename?: 'BalancePeriod';
  /** The start of the period. With `by: BLOCK`, the time of the block. */
  readonly from: Scalars['DateTime']['output'];
  /** The end of the period, which is the start of the next one. With `by: BLOCK`, the time of the block. */
  readonly to: Scalars['DateTime']['output'];
  /** The height of the last block of the period in which the address has a transaction: `at` has the details. */
  readonly lastHeight: Scalars['Int']['output'];
  /** The amount that the address received in the period. */
  readonly received: Scalars['Satoshis']['output'];
  /** The amount that it spent in the period. Spent outputs that the index does not know do not count. */
  readonly spent: Scalars['Satoshis']['output'];
  /**
   * The amount that it held at the end of the period. Null while the index does not reach back to the first block, because outputs may
   * be missing.
   */
  readonly unspent?: Maybe<Scalars['Satoshis']['output']>;
  /** The number of transactions in the period that pay it or spend from it. */
  readonly transactionCount: Scalars['UInt']['output'];
  /**
   * Whether a part of the period is left out: before `from`, after `to`, before the first indexed block, or because the chain has not
   * reached its end yet.
   */
  readonly partial: Scalars['Boolean']['output'];
};

/** The totals of an address over the indexed blocks. Unconfirmed transactions count only in `pending`. */
export type Balance = {
  readonly __typename?: 'Balance';
  /** The total amount that the address received. */
  readonly received: Scalars['Satoshis']['output'];
  /** The total amount that the address spent. Spent outputs that the index does not know do not count. */
  readonly spent: Scalars['Satoshis']['output'];
  /** The amount that the address holds. Null while the index does not reach back to the first block, because outputs may be missing. */
  readonly unspent?: Maybe<Scalars['Satoshis']['output']>;
  /** The number of confirmed transactions that pay it or spend from it. */
  readonly transactionCount: Scalars['UInt']['output'];
  /** What unconfirmed transactions add to these totals. Null, with an error, if there are more of them than one request may add up. */
  readonly pending?: Maybe<PendingBalance>;
};

/**
 * A part of a balance that is too much to add up in one request. It may be far from the whole: the amount that is held cannot be told
 * from it.
 */
export type PartialBalance = {
  readonly __typename?: 'PartialBalance';
  /** The amount that was received at least. */
  readonly received: Scalars['Satoshis']['output'];
  /** The amount that was spent at least. */
  readonly spent: Scalars['Satoshis']['output'];
  /** The number of confirmed transactions there are at least. */
  readonly transactionCount: Scalars['UInt']['output'];
  /** All blocks up to this height are included. Null if not even the first block with a transaction is. */
  readonly upToHeight?: Maybe<Scalars['Int']['output']>;
};

/** A block of the main chain, or a stale block. */
export type Block = {
  readonly __typename?: 'Block';
  /** The hash of the block's header. */
  readonly hash: Scalars['Hash']['output'];
  /** The number of blocks before this one. */
  readonly height: Scalars['Int']['output'];
  /**
   * True if the block is on the main chain. False for a stale block: a reorganisation removed it from the main chain, or it was
   * never on it.
   */
  readonly onMainChain: Scalars['Boolean']['output'];
  /** The number of blocks from this one to the tip, including both. 0 for a stale block. */
  readonly confirmations: Scalars['Int']['output'];
  /** The version in the header. */
  readonly version: Scalars['Int']['output'];
  /** The 80 bytes of the header. */
  readonly header: Scalars['Hex']['output'];
  /** The hash of the previous block. Null for the first block of the chain. */
  readonly previousHash?: Maybe<Scalars['Hash']['output']>;
  /** The previous block. For a stale block, it may be on any branch. Null if it is not indexed. */
  readonly previous?: Maybe<Block>;
  /** The next block. Null for the tip, and for a stale block. */
  readonly next?: Maybe<Block>;
  /** The root of the merkle tree of the transaction ids. */
  readonly merkleRoot: Scalars['Hash']['output'];
  /** The time in the header, in Unix seconds. The miner sets it. */
  readonly time: Scalars['Timestamp']['output'];
  /** The time in the header, as ISO 8601. */
  readonly date: Scalars['DateTime']['output'];
  /**
   * The median of the times of this block and the ten blocks before it. It never decreases from block to block. Null if neither the
   * index nor its node knows these blocks.
   */
  readonly medianTime?: Maybe<Scalars['Timestamp']['output']>;
  /** The target in compact form, as eight hexadecimal digits. */
  readonly bits: Scalars['Hex']['output'];
  /** How much harder it was to find this block than one with the easiest target. */
  readonly difficulty: Scalars['Float']['output'];
  /** The nonce in the header. */
  readonly nonce: Scalars['UInt']['output'];
  /**
   * The total work of the chain up to this block: the expected number of hashes, as a hexadecimal number of 64 digits. Null if
   * neither the index nor its node knows the chain before this block.
   */
  readonly chainWork?: Maybe<Scalars['Hex']['output']>;
  /** The size in bytes, including witness data. */
  readonly size: Scalars['UInt']['output'];
  /** The size in bytes without witness data. */
  readonly strippedSize: Scalars['UInt']['output'];
  /** The weight, as BIP 141 defines it. */
  readonly weight: Scalars['UInt']['output'];
  /** The number of transactions. */
  readonly transactionCount: Scalars['UInt']['output'];
  /** The number of inputs in all its transactions. */
  readonly inputCount: Scalars['UInt']['output'];
  /** The number of outputs in all its transactions. */
  readonly outputCount: Scalars['UInt']['output'];
  /** The sum of the values of all outputs. */
  readonly outputValue: Scalars['Satoshis']['output'];
  /** The sum of the fees of its transactions. If it is null, `feesUnknown` has the reason. */
  readonly fees?: Maybe<Scalars['Satoshis']['output']>;
  /** Why `fees` is null. */
  readonly feesUnknown?: Maybe<UnknownReason>;
  /**
   * The transactions in the order of the block, the coinbase first. Null, with an error, if the page cannot be returned, for example
   * because its cursor has expired.
   */
  readonly transactions?: Maybe<TransactionConnection>;
};


/** A block of the main chain, or a stale block. */
export type BlockTransactionsArgs = {
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['Cursor']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  before?: InputMaybe<Scalars['Cursor']['input']>;
};

/** Conditions on a block of the main chain. A block must meet all that are given. */
export type BlockFilter = {
  /** The height is in this range. */
  readonly height?: InputMaybe<HeightFilter>;
  /** The time in the header is in this range. It does not always increase from block to block. */
  readonly time?: InputMaybe<TimeFilter>;
};

/**
 * The indexed chain: its network, its tip, and how complete and current the index is. Within `at`, `tip` and `coverage` end with the
 * block, and all else is that of the present.
 */
export type Chain = {
  readonly __typename?: 'Chain';
  /** The network, for example btc-mainnet or bsv-regtest. */
  readonly network: Scalars['String']['output'];
  /** The last indexed block. Null while the index is empty. */
  readonly tip?: Maybe<Block>;
  /** The node's last block, as last seen by the indexer. Null if the indexer has never reached the node. */
  readonly nodeTip?: Maybe<BlockRef>;
  /** The number of blocks by which the index is behind its node. Null if the indexer has never reached the node. */
  readonly lag?: Maybe<Scalars['Int']['output']>;
  /** True if the index has all blocks of its node, and the node has downloaded every block whose header it knows. */
  readonly synced: Scalars['Boolean']['output'];
  /**
   * The place in the event log that matches this answer. A subscription with `after: cursor` receives every event that this answer
   * does not include yet, and no other. Null until the indexer has reached its node, and within `at`.
   */
  readonly cursor?: Maybe<Scalars['EventCursor']['output']>;
  /** The indexed ranges of heights, in ascending order. No answer includes anything from outside of them. */
  readonly coverage: ReadonlyArray<HeightRange>;
  /**
   * What transactions can be found by, beside what every index has: kinds of postings that came later, or that were asked for with
   * `--index`. A condition of a filter that needs one of them is refused outside of its coverage.
   */
  readonly indexes: ReadonlyArray<SearchIndex>;
  /**
   * The tips of competing branches among the last blocks, as the node reports them. While there is one, the chain may be
   * reorganised. Empty if there is none.
   */
  readonly split: ReadonlyArray<CompetingTip>;
};

/** A family of postings that not every index has, and where it is complete. */
export type SearchIndex = {
  readonly __typename?: 'SearchIndex';
  /** What transactions are found by. */
  readonly name: SearchIndexName;
  /** The ranges of heights whose transactions all have these postings, in ascending order. It grows while they are added to older blocks. */
  readonly coverage: ReadonlyArray<HeightRange>;
  /** True if all unconfirmed transactions have these postings, and those that left the mempool. */
  readonly pending: Scalars['Boolean']['output'];
};

/** What transactions can be found by, beside what every index has. */
export type SearchIndexName =
  /** The CashTokens of their outputs: category, and category with commitment. Only BCH has any. */
  | 'TOKENS'
  /**
   * Locking scripts that have no address and are no data outputs, by their beginning and by the data that they push. The first 100
   * pushes of a script of at least 2 bytes count.
   */
  | 'SCRIPTS'
  /**
   * The data in unlocking scripts and witnesses, also inside of the scripts that these reveal. The first 1,000 pieces of a transaction
   * of at least 2 bytes count, without signatures and public keys.
   */
  | 'INPUTS';

/** The tip of a branch that is not the main chain. */
export type CompetingTip = {
  readonly __typename?: 'CompetingTip';
  /** The height of the branch's last block. */
  readonly height: Scalars['Int']['output'];
  /** The hash of the branch's last block. */
  readonly hash: Scalars['Hash']['output'];
  /** The number of blocks between the main chain and the branch's tip, including the tip. */
  readonly branchLength: Scalars['Int']['output'];
  /**
   * The status that the node reports for it (getchaintips): valid-fork (fully checked), valid-headers, headers-only (some blocks
   * are not downloaded) or invalid.
   */
  readonly status: Scalars['String']['output'];
};

/** The height and hash of a block. */
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

/** Why a value that depends on the spent outputs is null. */
export type UnknownReason =
  /** A coinbase spends no output and pays no fee. */
  | 'COINBASE'
  /** A spent output was created outside of the indexed blocks (see `chain { coverage }`), and the node could not report it. */
  | 'OUTSIDE_COVERAGE';

/** The position of a page in its list. */
export type PageInfo = {
  readonly __typename?: 'PageInfo';
  /** The cursor of the first edge. Null on an empty page. */
  readonly startCursor?: Maybe<Scalars['Cursor']['output']>;
  /** The cursor to give as `after` for the next page. Null if the page is empty and the list ends here. */
  readonly endCursor?: Maybe<Scalars['Cursor']['output']>;
  /** Whether more items follow this page. */
  readonly hasNextPage: Scalars['Boolean']['output'];
  /** Whether there are items before this page. */
  readonly hasPreviousPage: Scalars['Boolean']['output'];
  /**
   * True if the page ended because the request had examined the maximum number of rows, not because the page was full. More matches
   * may follow: continue from `endCursor` (with `last`, from `startCursor`).
   */
  readonly budgetExhausted: Scalars['Boolean']['output'];
};

/** A page of transactions. */
export type TransactionConnection = {
  readonly __typename?: 'TransactionConnection';
  /** The transactions, each with its cursor. */
  readonly edges: ReadonlyArray<TransactionEdge>;
  /** The transactions, without cursors. */
  readonly nodes: ReadonlyArray<Transaction>;
  /** The position of the page in the list. */
  readonly pageInfo: PageInfo;
};

/** A transaction in a list. */
export type TransactionEdge = {
  readonly __typename?: 'TransactionEdge';
  /** The position in the list. */
  readonly cursor: Scalars['Cursor']['output'];
  /** The transaction. */
  readonly node: Transaction;
};

/** A page of blocks. */
export type BlockConnection = {
  readonly __typename?: 'BlockConnection';
  /** The blocks, each with its cursor. */
  readonly edges: ReadonlyArray<BlockEdge>;
  /** The blocks, without cursors. */
  readonly nodes: ReadonlyArray<Block>;
  /** The position of the page in the list. */
  readonly pageInfo: PageInfo;
};

/** A block in a list. */
export type BlockEdge = {
  readonly __typename?: 'BlockEdge';
  /** The position in the list. */
  readonly cursor: Scalars['Cursor']['output'];
  /** The block. */
  readonly node: Block;
};

/** A page of outputs. */
export type OutputConnection = {
  readonly __typename?: 'OutputConnection';
  /** The outputs, each with its cursor. */
  readonly edges: ReadonlyArray<OutputEdge>;
  /** The outputs, without cursors. */
  readonly nodes: ReadonlyArray<Output>;
  /** The position of the page in the list. */
  readonly pageInfo: PageInfo;
};

/** An output in a list. */
export type OutputEdge = {
  readonly __typename?: 'OutputEdge';
  /** The position in the list. */
  readonly cursor: Scalars['Cursor']['output'];
  /** The output. */
  readonly node: Output;
};

/**
 * Conditions on a transaction. A transaction matches if it meets all conditions that are given. Null is refused everywhere, and so is
 * a variable without a value: a condition that a client forgot to set would otherwise match everything.
 *
 * A condition on a value that is not known, such as the fee of a transaction whose spent outputs are outside of the index, is not met.
 * Neither is its negation. A filter may have 32 conditions; `and`, `or` and `not` may be nested 7 deep.
 */
export type TransactionFilter = {
  /** The transaction matches all of these filters. */
  readonly and?: InputMaybe<ReadonlyArray<TransactionFilter>>;
  /** The transaction matches at least one of these filters. */
  readonly or?: InputMaybe<ReadonlyArray<TransactionFilter>>;
  /** The transaction does not match this filter. */
  readonly not?: InputMaybe<TransactionFilter>;
  /** The transaction's id is one of these, at most 1,000. */
  readonly txids?: InputMaybe<ReadonlyArray<Scalars['Hash']['input']>>;
  /** The transaction pays this address or spends from it. */
  readonly address?: InputMaybe<Scalars['String']['input']>;
  /** The transaction pays one of these addresses, at most 1,000, or spends from one of them. */
  readonly addresses?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  /** The transaction is in a block (true) or unconfirmed (false). Both match if this is not given. */
  readonly confirmed?: InputMaybe<Scalars['Boolean']['input']>;
  /**
   * True matches only transactions that left the mempool and are in no block; they can be queried for some time after that. False, the
   * default, leaves them out. In a subscription, true selects only the events of such removals. It cannot be inside of `or` or `not`.
   */
  readonly removed?: InputMaybe<Scalars['Boolean']['input']>;
  /** The transaction is in a block with a height in this range. */
  readonly block?: InputMaybe<HeightFilter>;
  /** The transaction is in a block whose header time is in this range. */
  readonly time?: InputMaybe<TimeFilter>;
  /** The node accepted the transaction into its mempool at a time in this range. Not known if the indexer did not see that. */
  readonly firstSeen?: InputMaybe<TimeFilter>;
  /** The transaction is a coinbase (true) or is not (false). */
  readonly coinbase?: InputMaybe<Scalars['Boolean']['input']>;
  /** The transaction's fee. A coinbase has none. */
  readonly fee?: InputMaybe<AmountFilter>;
  /** The transaction's fee in satoshis per virtual byte. */
  readonly feeRate?: InputMaybe<NumberFilter>;
  /** The transaction's size in bytes, including witness data. */
  readonly size?: InputMaybe<CountFilter>;
  /** The transaction's virtual size. */
  readonly virtualSize?: InputMaybe<CountFilter>;
  /** The transaction's weight (BIP 141). */
  readonly weight?: InputMaybe<CountFilter>;
  /** The sum of the transaction's outputs. */
  readonly outputValue?: InputMaybe<AmountFilter>;
  /** The number of the transaction's inputs. */
  readonly inputCount?: InputMaybe<CountFilter>;
  /** The number of the transaction's outputs. */
  readonly outputCount?: InputMaybe<CountFilter>;
  /** The transaction's version. */
  readonly version?: InputMaybe<CountFilter>;
  /** The transaction's lock time. */
  readonly lockTime?: InputMaybe<CountFilter>;
  /** The transaction has witness data (true) or has none (false). */
  readonly hasWitness?: InputMaybe<Scalars['Boolean']['input']>;
  /**
   * The transaction itself signals that it may be replaced (true) or does not (false): one of its inputs has a sequence number below
   * 0xfffffffe (BIP 125). `Transaction.replaceable` also says whether an unconfirmed ancestor does.
   */
  readonly signalsReplacement?: InputMaybe<Scalars['Boolean']['input']>;
  /** The transaction has outputs that meet these conditions, at most 10. Each condition must be met by a single output. */
  readonly outputs?: InputMaybe<ReadonlyArray<OutputFilter>>;
  /** The transaction has inputs that meet these conditions, at most 10. Each condition must be met by a single input. */
  readonly inputs?: InputMaybe<ReadonlyArray<InputFilter>>;
  /**
   * The transaction has data outputs that meet these conditions, at most 10. Each condition must be met by a single output. Short for
   * `outputs: [{ data: ... }]`.
   */
  readonly data?: InputMaybe<ReadonlyArray<DataFilter>>;
};

/** Conditions on one output. The output must meet all of them; at least one is given. */
export type OutputFilter = {
  /** The output's index in the transaction, counted from 0. */
  readonly index?: InputMaybe<Scalars['UInt']['input']>;
  /** The output pays this address. */
  readonly address?: InputMaybe<Scalars['String']['input']>;
  /** The output pays one of these addresses, at most 1,000. */
  readonly addresses?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  /** The output's locking script, without the CashTokens prefix. */
  readonly lockingScript?: InputMaybe<LockingScriptFilter>;
  /**
   * The SHA-256 of the output's locking script, in the form in which Electrum's protocol shows it: reversed. Outputs that cannot be
   * spent, such as data outputs, have none.
   */
  readonly scriptHash?: InputMaybe<Scalars['Hash']['input']>;
  /** The type of the output's locking script is one of these. */
  readonly types?: InputMaybe<ReadonlyArray<ScriptType>>;
  /** The output's value. */
  readonly value?: InputMaybe<AmountFilter>;
  /** The output is spent, confirmed or not (true), or unspent (false). Refused in subscriptions. */
  readonly spent?: InputMaybe<Scalars['Boolean']['input']>;
  /** The output is a data output that meets these conditions. */
  readonly data?: InputMaybe<DataFilter>;
  /** The output holds CashTokens that meet these conditions. */
  readonly token?: InputMaybe<TokenFilter>;
};

/** Conditions on one input. The input must meet all of them; at least one is given. */
export type InputFilter = {
  /** The input's index in the transaction, counted from 0. */
  readonly index?: InputMaybe<Scalars['UInt']['input']>;
  /** The output that the input spends has this address. */
  readonly address?: InputMaybe<Scalars['String']['input']>;
  /** The output that the input spends has one of these addresses, at most 1,000. */
  readonly addresses?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  /** The locking script of the output that the input spends. `pushes` cannot be given here. */
  readonly lockingScript?: InputMaybe<LockingScriptFilter>;
  /** The type of the locking script that the input spends is one of these. */
  readonly types?: InputMaybe<ReadonlyArray<ScriptType>>;
  /** The value of the output that the input spends. */
  readonly value?: InputMaybe<AmountFilter>;
  /** The output that the input spends, by its place. */
  readonly spends?: InputMaybe<OutpointFilter>;
  /** Data that the input's unlocking script pushes. Signatures and public keys do not count. Led by the index `inputs`, if there is one. */
  readonly unlockingScript?: InputMaybe<DataFilter>;
  /** Data among the input's witness items. Signatures, public keys and control blocks do not count. Led by the index `inputs`. */
  readonly witness?: InputMaybe<WitnessFilter>;
  /**
   * Data inside of the script that the input reveals: a redeem script (BIP 16), a witness script (BIP 141) or a tapscript (BIP 342),
   * which inscriptions use. Led by the index `inputs`.
   */
  readonly revealedScript?: InputMaybe<DataFilter>;
  /** The input's sequence number. */
  readonly sequence?: InputMaybe<CountFilter>;
  /** The input is that of a coinbase (true) or is not (false). */
  readonly coinbase?: InputMaybe<Scalars['Boolean']['input']>;
};

/** A condition on a locking script. All that are given must be met. */
export type LockingScriptFilter = {
  /** The script is equal to these bytes. */
  readonly equals?: InputMaybe<Scalars['Hex']['input']>;
  /**
   * The script starts with these bytes. An index leads to an output by that if no script with an address and no data output can start so, or if
   * `types` beside it has only P2PK, MULTISIG and NON_STANDARD.
   */
  readonly startsWith?: InputMaybe<Scalars['Hex']['input']>;
  /**
   * The script has neither an address nor OP_RETURN at its start, and pushes such data: at least 1, at most 10 conditions. Of longer
   * scripts, only the first 100 pushes count.
   */
  readonly pushes?: InputMaybe<ReadonlyArray<PushFilter>>;
};

/** An output, by its place. */
export type OutpointFilter = {
  /** The id of the transaction that has the output. */
  readonly txid: Scalars['Hash']['input'];
  /** The index of the output. Any output of the transaction if not given. */
  readonly index?: InputMaybe<Scalars['UInt']['input']>;
};

/** Conditions on the items of one witness. All of them must be met. */
export type WitnessFilter = {
  /** Conditions on the items, counted from 0: at least 1, at most 10. */
  readonly items: ReadonlyArray<PushFilter>;
};

/** Conditions on the CashTokens of one output. All that are given must be met. */
export type TokenFilter = {
  /** The token category. */
  readonly category?: InputMaybe<Scalars['Hash']['input']>;
  /** There is a non-fungible token, and its capability is one of these. */
  readonly capabilities?: InputMaybe<ReadonlyArray<TokenCapability>>;
  /** There is a non-fungible token, and its commitment is such. */
  readonly commitment?: InputMaybe<CommitmentFilter>;
  /** The number of fungible tokens. */
  readonly amount?: InputMaybe<TokenAmountFilter>;
};

/** A condition on the commitment of a non-fungible token: give exactly one field. */
export type CommitmentFilter =
  /** The commitment is equal to these bytes. */
  { readonly equals: Scalars['Hex']['input']; readonly startsWith?: never; }
  |  /** The commitment starts with these bytes. */
  { readonly equals?: never; readonly startsWith: Scalars['Hex']['input']; };

/** A range of amounts. Give one or two limits: one below, one above. */
export type AmountFilter = {
  /** At least this amount. */
  readonly gte?: InputMaybe<Scalars['Satoshis']['input']>;
  /** More than this amount. */
  readonly gt?: InputMaybe<Scalars['Satoshis']['input']>;
  /** At most this amount. */
  readonly lte?: InputMaybe<Scalars['Satoshis']['input']>;
  /** Less than this amount. */
  readonly lt?: InputMaybe<Scalars['Satoshis']['input']>;
};

/** A range of whole numbers. Give one or two limits: one below, one above. */
export type CountFilter = {
  /** At least this number. */
  readonly gte?: InputMaybe<Scalars['UInt']['input']>;
  /** More than this number. */
  readonly gt?: InputMaybe<Scalars['UInt']['input']>;
  /** At most this number. */
  readonly lte?: InputMaybe<Scalars['UInt']['input']>;
  /** Less than this number. */
  readonly lt?: InputMaybe<Scalars['UInt']['input']>;
};

/** A range of numbers. Give one or two limits: one below, one above. */
export type NumberFilter = {
  /** At least this number. */
  readonly gte?: InputMaybe<Scalars['Float']['input']>;
  /** More than this number. */
  readonly gt?: InputMaybe<Scalars['Float']['input']>;
  /** At most this number. */
  readonly lte?: InputMaybe<Scalars['Float']['input']>;
  /** Less than this number. */
  readonly lt?: InputMaybe<Scalars['Float']['input']>;
};

/** A range of amounts of fungible tokens, as decimal numbers. Give one or two limits: one below, one above. */
export type TokenAmountFilter = {
  /** At least this amount. */
  readonly gte?: InputMaybe<Scalars['String']['input']>;
  /** More than this amount. */
  readonly gt?: InputMaybe<Scalars['String']['input']>;
  /** At most this amount. */
  readonly lte?: InputMaybe<Scalars['String']['input']>;
  /** Less than this amount. */
  readonly lt?: InputMaybe<Scalars['String']['input']>;
};

/** A range of block heights. Without `from` or `to`, the range has no limit on that side. */
export type HeightFilter = {
  /** The first height. */
  readonly from?: InputMaybe<Scalars['Int']['input']>;
  /** The last height. */
  readonly to?: InputMaybe<Scalars['Int']['input']>;
};

/** A range of block times. Without `from` or `to`, the range has no limit on that side. */
export type TimeFilter = {
  /** The start of the range, in Unix seconds or as ISO 8601. It is included. */
  readonly from?: InputMaybe<Scalars['Moment']['input']>;
  /** The end of the range, in Unix seconds or as ISO 8601. It is included. */
  readonly to?: InputMaybe<Scalars['Moment']['input']>;
};

/** Conditions on the pushes of one script. The script must meet all of them. */
export type DataFilter = {
  /** Conditions on the pushes: at least 1, at most 10. */
  readonly pushes: ReadonlyArray<PushFilter>;
};

/** A condition on a push. One push must meet all parts that are given; with none, it only has to exist. */
export type PushFilter = {
  /**
   * The position of the push, counted from 0: in a data output after OP_RETURN, in another script among all its opcodes, in a witness
   * among its items. Any position if not given.
   */
  readonly index?: InputMaybe<Scalars['Int']['input']>;
  /** The push is equal to these bytes. */
  readonly equals?: InputMaybe<BytesInput>;
  /** The push is equal to one of these, at most 1,000. */
  readonly in?: InputMaybe<ReadonlyArray<BytesInput>>;
  /** The push starts with these bytes. */
  readonly startsWith?: InputMaybe<BytesInput>;
  /** The push contains these bytes. No index leads to them, so another condition must. */
  readonly contains?: InputMaybe<BytesInput>;
  /** The length of the push in bytes. */
  readonly size?: InputMaybe<CountFilter>;
  /** The push is text in UTF-8 that meets these conditions. */
  readonly utf8?: InputMaybe<TextFilter>;
  /** The opcode of the push: as in `Push.opcode`. Only for outputs. */
  readonly opcode?: InputMaybe<Scalars['Int']['input']>;
  /** The push as a number of scripts (little-endian, at most 8 bytes): for example, 10 is OP_10 or the byte 0a. */
  readonly number?: InputMaybe<NumberFilter>;
};

/** Conditions on text. All that are given must be met. */
export type TextFilter = {
  /** The text is equal to this one. */
  readonly equals?: InputMaybe<Scalars['String']['input']>;
  /** The text starts with this one. */
  readonly startsWith?: InputMaybe<Scalars['String']['input']>;
  /** The text contains this one. No index leads to it, so another condition must. */
  readonly contains?: InputMaybe<Scalars['String']['input']>;
  /** Whether upper and lower case count as the same. Then no index leads to the text. */
  readonly caseInsensitive?: InputMaybe<Scalars['Boolean']['input']>;
};

/** Bytes, as text, hexadecimal or base64: give exactly one of them. */
export type BytesInput =
  /** Text: its bytes in UTF-8. */
  { readonly utf8: Scalars['String']['input']; readonly hex?: never; readonly base64?: never; }
  |  /** Hexadecimal digits. */
  { readonly utf8?: never; readonly hex: Scalars['Hex']['input']; readonly base64?: never; }
  |  /** Base64, with or without padding. The URL-safe alphabet is accepted too. */
  { readonly utf8?: never; readonly hex?: never; readonly base64: Scalars['String']['input']; };

/** Totals of all unconfirmed transactions. */
export type Mempool = {
  readonly __typename?: 'Mempool';
  /** The number of unconfirmed transactions. */
  readonly count: Scalars['UInt']['output'];
  /** The sum of their virtual sizes. */
  readonly virtualSize: Scalars['UInt']['output'];
  /** The sum of their fees. Unknown fees do not count. */
  readonly fees: Scalars['Satoshis']['output'];
  /** The number of transactions by fee rate, in ascending order. Ranges without a transaction are left out. */
  readonly histogram: ReadonlyArray<FeeRateRange>;
  /**
   * The unconfirmed transactions in the order in which they would be mined: the highest effective fee rate first, each transaction
   * after those that it spends from. Transactions whose fee is not known are left out, and so are those that depend on them. All pages
   * show the order of the first page. Null until the indexer has read the node's mempool; null, with an error, if the page cannot be
   * returned, for example because its cursor has expired or the mempool is too large.
   */
  readonly transactions?: Maybe<TransactionConnection>;
};


/** Totals of all unconfirmed transactions. */
export type MempoolTransactionsArgs = {
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['Cursor']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  before?: InputMaybe<Scalars['Cursor']['input']>;
};

/** The unconfirmed transactions whose fee rate is in one range. */
export type FeeRateRange = {
  readonly __typename?: 'FeeRateRange';
  /** The lower end of the range, in satoshis per virtual byte. The range ends where the next one begins. */
  readonly feeRateFrom: Scalars['Float']['output'];
  /** The number of transactions. */
  readonly count: Scalars['UInt']['output'];
  /** The sum of their virtual sizes. */
  readonly virtualSize: Scalars['UInt']['output'];
};

/** A block as a miner would make it of unconfirmed transactions. */
export type ProjectedBlock = {
  readonly __typename?: 'ProjectedBlock';
  /** Its number, from 1: how many blocks from now it would be mined. */
  readonly target: Scalars['Int']['output'];
  /** The number of transactions, without the coinbase. */
  readonly count: Scalars['UInt']['output'];
  /** The sum of their weights, as BIP 141 defines weight. */
  readonly weight: Scalars['UInt']['output'];
  /** The sum of their virtual sizes. */
  readonly virtualSize: Scalars['UInt']['output'];
  /** The sum of their fees. */
  readonly fees: Scalars['Satoshis']['output'];
  /** The lowest effective fee rate in it, in satoshis per virtual byte. */
  readonly minFeeRate: Scalars['Float']['output'];
  /** The effective fee rate that half of its virtual size pays or exceeds, in satoshis per virtual byte. */
  readonly medianFeeRate: Scalars['Float']['output'];
  /** The highest effective fee rate in it, in satoshis per virtual byte. */
  readonly maxFeeRate: Scalars['Float']['output'];
  /** Whether there are transactions that it has no room for. If not, it would hold any transaction that miners accept. */
  readonly full: Scalars['Boolean']['output'];
};

/** Fee rates at which transactions are expected to be confirmed, by two methods. */
export type FeeEstimates = {
  readonly __typename?: 'FeeEstimates';
  /**
   * The estimates of the gateway's node, at most ten seconds old. Null if the gateway has no node; null, with an error, if the node does
   * not answer.
   */
  readonly node?: Maybe<NodeFeeEstimates>;
  /**
   * By `projectedBlocks`, for each target in the given order. They follow the mempool at once, and know nothing of what will arrive.
   * Null until the indexer has read the node's mempool; null, with an error, if the mempool is too large.
   */
  readonly projected?: Maybe<ReadonlyArray<ProjectedFeeEstimate>>;
};

/** The fee estimates of a node, in satoshis per virtual byte. */
export type NodeFeeEstimates = {
  readonly __typename?: 'NodeFeeEstimates';
  /**
   * The lowest fee rate that the node accepts into its mempool now: the higher of `mempoolminfee` and `minrelaytxfee` of
   * `getmempoolinfo`. Null if the node does not report it.
   */
  readonly minimumFeeRate?: Maybe<Scalars['Float']['output']>;
  /**
   * Its estimates (`estimatesmartfee`), for each target in the given order. Null if the node makes none: nodes of BCH and BSV, and those
   * of BTC with `-blocksonly`.
   */
  readonly estimates?: Maybe<ReadonlyArray<NodeFeeEstimate>>;
};

/** A node's estimate (`estimatesmartfee`). */
export type NodeFeeEstimate = {
  readonly __typename?: 'NodeFeeEstimate';
  /** Within how many blocks a transaction is to be confirmed. */
  readonly target: Scalars['Int']['output'];
  /** The mode of the estimate. */
  readonly mode: FeeEstimateMode;
  /** The fee rate in satoshis per virtual byte. Null if the node has not seen enough transactions; `errors` says so. */
  readonly feeRate?: Maybe<Scalars['Float']['output']>;
  /** The number of blocks for which the node found the estimate: it may differ from `target`. Null if it does not report it. */
  readonly blocks?: Maybe<Scalars['Int']['output']>;
  /** Why there is no estimate, in the node's own words. Empty if there is one. */
  readonly errors: ReadonlyArray<Scalars['String']['output']>;
};

/** How a node weighs what it has seen, if fees have fallen. */
export type FeeEstimateMode =
  /** Follows a fall of fees sooner. */
  | 'ECONOMICAL'
  /** Follows a fall of fees later: higher estimates, which are safer. */
  | 'CONSERVATIVE';

/** An estimate by projected blocks. */
export type ProjectedFeeEstimate = {
  readonly __typename?: 'ProjectedFeeEstimate';
  /** Within how many blocks a transaction is to be confirmed. */
  readonly target: Scalars['Int']['output'];
  /**
   * The lowest effective fee rate in the last of these blocks, in satoshis per virtual byte. Null if that block is not full or would be
   * empty: then any fee rate that nodes accept is enough (`node { minimumFeeRate }`).
   */
  readonly feeRate?: Maybe<Scalars['Float']['output']>;
};

/** Unconfirmed transactions that a transaction depends on, or that depend on it, directly or through others; without itself. */
export type Relatives = {
  readonly __typename?: 'Relatives';
  /** Their number. */
  readonly count: Scalars['UInt']['output'];
  /** The sum of their virtual sizes. */
  readonly virtualSize: Scalars['UInt']['output'];
  /** The sum of their fees. Null if one of them is not known. */
  readonly fees?: Maybe<Scalars['Satoshis']['output']>;
  /** The transactions, the nearest first. Compare with `count` to see whether there are more. */
  readonly transactions: ReadonlyArray<Transaction>;
};


/** Unconfirmed transactions that a transaction depends on, or that depend on it, directly or through others; without itself. */
export type RelativesTransactionsArgs = {
  first?: Scalars['Int']['input'];
};

/** What unconfirmed transactions add to the totals of an address. */
export type PendingBalance = {
  readonly __typename?: 'PendingBalance';
  /** The total amount that they pay to the address. */
  readonly received: Scalars['Satoshis']['output'];
  /** The total amount that they spend from it. Spent outputs that the index does not know do not count. */
  readonly spent: Scalars['Satoshis']['output'];
  /** The number of unconfirmed transactions that pay it or spend from it. */
  readonly transactionCount: Scalars['UInt']['output'];
  /**
   * The amount that the address holds if all of them are confirmed, as wallets show it. Null while the index does not reach back to the
   * first block, because outputs may be missing.
   */
  readonly unspent?: Maybe<Scalars['Satoshis']['output']>;
};

/** Operations that change something. */
export type Mutation = {
  readonly __typename?: 'Mutation';
  /**
   * Sends a transaction to the gateway's node. The node checks it, adds it to its mempool and relays it to the network. A transaction
   * that is in the mempool already is accepted again. It can be queried as soon as the indexer has seen it in the mempool. Returns the
   * transaction's id; null, with an error, if the node refuses it or does not answer.
   */
  readonly broadcastTransaction?: Maybe<Scalars['Hash']['output']>;
  /**
   * Sends a transaction to the gateway's node together with its unconfirmed parents, so that the child can pay for parents whose own
   * fee is too low (Bitcoin Core 26 and later, `submitpackage`). Null, with an error, if the node has no such call or does not answer.
   */
  readonly broadcastPackage?: Maybe<PackageBroadcast>;
};


/** Operations that change something. */
export type MutationBroadcastTransactionArgs = {
  raw: Scalars['Hex']['input'];
  maxFeeRate?: InputMaybe<Scalars['Float']['input']>;
  maxBurnAmount?: InputMaybe<Scalars['Satoshis']['input']>;
};


/** Operations that change something. */
export type MutationBroadcastPackageArgs = {
  raws: ReadonlyArray<Scalars['Hex']['input']>;
  maxFeeRate?: InputMaybe<Scalars['Float']['input']>;
  maxBurnAmount?: InputMaybe<Scalars['Satoshis']['input']>;
};

/** The result of sending a package. */
export type PackageBroadcast = {
  readonly __typename?: 'PackageBroadcast';
  /** Whether all its transactions are in the node's mempool now. */
  readonly accepted: Scalars['Boolean']['output'];
  /** The node's message: `success`, or the reason for the refusal. */
  readonly message: Scalars['String']['output'];
  /** The result for each of its transactions. */
  readonly transactions: ReadonlyArray<TransactionTest>;
  /** The ids of the transactions that the package replaced in the mempool. */
  readonly replaced: ReadonlyArray<Scalars['Hash']['output']>;
};

/** The node's verdict on a transaction. */
export type TransactionTest = {
  readonly __typename?: 'TransactionTest';
  /** The transaction id. */
  readonly txid: Scalars['Hash']['output'];
  /** Whether the node accepts it. Null if the node did not check it because it refuses another of the transactions. */
  readonly accepted?: Maybe<Scalars['Boolean']['output']>;
  /** Why the node does not accept it, in the node's own words. */
  readonly reason?: Maybe<Scalars['String']['output']>;
  /** Its size in virtual bytes. Null if the node does not report it, for example because it refuses the transaction. */
  readonly virtualSize?: Maybe<Scalars['UInt']['output']>;
  /** The fee in satoshis. Null if the node does not report it. */
  readonly fee?: Maybe<Scalars['Satoshis']['output']>;
  /**
   * The fee rate in satoshis per virtual byte, calculated together with the transactions that the node checks it with. Null if the
   * node does not report it.
   */
  readonly feeRate?: Maybe<Scalars['Float']['output']>;
};

/** How a page of transactions would be found, and what that would take. It describes the first page, as the index is now. */
export type TransactionPlan = {
  readonly __typename?: 'TransactionPlan';
  /** Why `transactions` would refuse the filter or the length of the page. Null if it would answer. */
  readonly refusal?: Maybe<PlanRefusal>;
  /**
   * Why `transactions` would refuse the filter if the index had more than 1,000 blocks. While it has no more, as on a new local chain, all of
   * them are examined if no index leads to the matches. Null if it would answer, or if it refuses already.
   */
  readonly longChainRefusal?: Maybe<PlanRefusal>;
  /**
   * The steps of the search: what is read of the index. Each step stands before the steps that it combines, which are one deeper. None
   * if nothing can match, or if there is no plan. At most 100: compare with `stepCount`.
   */
  readonly steps: ReadonlyArray<PlanStep>;
  /** The number of steps. */
  readonly stepCount: Scalars['UInt']['output'];
  /**
   * The conditions of the filter to which no step leads, as paths such as `fee` or `outputs[0].value`. They are checked on each
   * transaction that the steps lead to. If the filter is refused because no index serves it, the conditions that no index can lead to. At
   * most 100.
   */
  readonly conditions: ReadonlyArray<Scalars['String']['output']>;
  /** What the page would take. Null if it would be refused. */
  readonly prediction?: Maybe<PlanPrediction>;
};

/** Why a query would be refused. */
export type PlanRefusal = {
  readonly __typename?: 'PlanRefusal';
  /** The error code, such as `NOT_INDEXED`. */
  readonly code: Scalars['String']['output'];
  /** What is wrong, and what to do. */
  readonly message: Scalars['String']['output'];
  /** What to add: one of these is enough. Empty if the message says what to change. */
  readonly add: ReadonlyArray<Scalars['String']['output']>;
};

/** A step of a plan. */
export type PlanStep = {
  readonly __typename?: 'PlanStep';
  /** How deep the step is: 0 for the whole plan. */
  readonly depth: Scalars['UInt']['output'];
  /** What the step does. */
  readonly operation: PlanOperation;
  /**
   * The kind of postings that are read: `txid`; `lock` by locking script or address; `spend` by the output that is spent; `data4`,
   * `data8` and `data32` by the first bytes of a push in a data output; `script...` and `push...` by those of other locking scripts and
   * of their pushes; `input...` by those of data in inputs; `category` and `commitment` by CashTokens. Null for other steps.
   */
  readonly index?: Maybe<Scalars['String']['output']>;
  /** The key of the postings, or its beginning if the keys are many. Hashes are cut, longer data too. Null for other steps. */
  readonly key?: Maybe<Scalars['Hex']['output']>;
  /** The first height that the step searches. Null if it searches no blocks. */
  readonly fromHeight?: Maybe<Scalars['UInt']['output']>;
  /** The last height that the step searches. Null if it searches no blocks. */
  readonly toHeight?: Maybe<Scalars['UInt']['output']>;
  /** Whether the step searches transactions that are in no block. */
  readonly unconfirmed: Scalars['Boolean']['output'];
  /** Whether what the step finds is left out: then it matches in no case. */
  readonly excluded: Scalars['Boolean']['output'];
  /**
   * The number of rows of the index that the step leads to within these heights. For a step that combines others, the most that there can
   * be: the least of an intersection, the sum of a union. Null if they were not sampled, because there are many steps.
   */
  readonly rows?: Maybe<Scalars['UInt']['output']>;
  /** Whether `rows` was counted. Otherwise, it is estimated by samples of the heights. */
  readonly exact: Scalars['Boolean']['output'];
};

/** What a step of a plan does. */
export type PlanOperation =
  /**
   * Finds what all its steps lead to: one row of a rare step skips many of a common one. A union of many keys among them is left to the
   * filter if another step has few rows.
   */
  | 'INTERSECTION'
  /** Finds what any of its steps leads to, each once. */
  | 'UNION'
  /** Finds what its first step leads to, without what the others find. */
  | 'DIFFERENCE'
  /** Finds what its step leads to within a range of heights. */
  | 'RANGE'
  /** Looks up transactions by their ids. */
  | 'TRANSACTION_IDS'
  /** Reads the postings of one key, in chain order. */
  | 'POSTINGS'
  /** Gathers the postings of all keys with the same beginning, before anything else. */
  | 'KEY_RANGE'
  /** Reads the first transaction of each block. */
  | 'COINBASES'
  /** Reads all transactions. */
  | 'TRANSACTIONS';

/** What one page of a search would take. */
export type PlanPrediction = {
  readonly __typename?: 'PlanPrediction';
  /** The number of matches on the page. */
  readonly matches: Scalars['UInt']['output'];
  /** The number of rows that would be examined, of the index and transactions together. */
  readonly rows: Scalars['UInt']['output'];
  /** The price in points of a query of this page for `nodes { txid }`. Further fields cost more. */
  readonly cost: Scalars['UInt']['output'];
  /** Whether the page would end before it is full, because the budget of a request is used up (as in `PageInfo`). */
  readonly budgetExhausted: Scalars['Boolean']['output'];
  /** Whether the search was made to the end of the page. Otherwise, it was begun, and the rest is taken to be like its beginning. */
  readonly exact: Scalars['Boolean']['output'];
};

/**
 * Queries of the indexed chain. If a field fails, it is null, with an error at its path, and the other fields are answered. `chain`
 * fails only if no field can be answered.
 */
export type Query = {
  readonly __typename?: 'Query';
  /**
   * The chain as it was when a block of the main chain was its tip: everything below reads the transactions, spendings, balances,
   * confirmations and blocks up to that block. Nothing is pending, and nothing has been removed. Give exactly one of `height` and
   * `hash`; a hash names the same chain for ever, while a height may get another block by a reorganisation. A request may have several,
   * each with an alias, but none within another. Cursors of lists below belong to the same list as of the same block, and go on working
   * while blocks follow. `extensions { at }` of the answer has the height and hash of each block. Null, with an error, if the block
   * is not indexed, not yet there, or not on the main chain.
   */
  readonly at?: Maybe<Query>;
  /** The chain and its index: how current and how complete the answers of this endpoint are. */
  readonly chain: Chain;
  /**
   * One block, by its hash or its height: give exactly one of them. A height selects the block of the main chain; a hash may also
   * select a stale block. Null if the block is not indexed.
   */
  readonly block?: Maybe<Block>;
  /**
   * The blocks of the main chain that a filter allows, or all of them. Null, with an error, if the page cannot be returned, for example
   * because its cursor has expired.
   */
  readonly blocks?: Maybe<BlockConnection>;
  /**
   * One transaction by its id. It may be in a block of the main chain, or unconfirmed. For some time, transactions that left the
   * mempool without being mined are found too (see `removed`). Null if the transaction is not indexed.
   */
  readonly transaction?: Maybe<Transaction>;
  /**
   * Transactions by their ids, in the order of the ids. Each is found as by `transaction`; it is null if it is not indexed. Null, with
   * an error, if there are too many ids.
   */
  readonly transactionsByIds?: Maybe<ReadonlyArray<Maybe<Transaction>>>;
  /**
   * One output, by the id of its transaction and its index, as inputs name it. It is found as the transaction is by `transaction`. Null if
   * the transaction is not indexed or has no such output.
   */
  readonly output?: Maybe<Output>;
  /**
   * Whether the gateway's node would accept these transactions into its mempool; nothing is sent to the network
   * (`testmempoolaccept`). Each may spend outputs of those before it, except with BCH nodes, which check each transaction on its own.
   * BSV nodes have no such call. Null, with an error, if the node has no such call or does not answer, and within `at`.
   */
  readonly testTransactions?: Maybe<ReadonlyArray<TransactionTest>>;
  /**
   * The transactions that match a filter, or all transactions if there is no filter. Unconfirmed transactions are the newest. Null,
   * with an error, if the page cannot be returned, for example because the filter is refused or the cursor has expired.
   */
  readonly transactions?: Maybe<TransactionConnection>;
  /**
   * How `transactions` would find the first page of these arguments, and what that would take. A query that would be refused is
   * explained too: `refusal` says why, and what to add. A small part of the search is made and charged. Null, with an error, only if the
   * store fails, or if the request may not do more work.
   */
  readonly explainTransactions?: Maybe<TransactionPlan>;
  /** Totals of all unconfirmed transactions. Null until the indexer has read the node's mempool, and within `at`. */
  readonly mempool?: Maybe<Mempool>;
  /**
   * The next blocks as a miner would make them of the unconfirmed transactions in the index: by effective fee rate, each transaction
   * after those that it spends from. What arrives before they are mined changes them. Empty if there are no unconfirmed transactions.
   * Null until the indexer has read the node's mempool; null, with an error, if the mempool is too large.
   */
  readonly projectedBlocks?: Maybe<ReadonlyArray<ProjectedBlock>>;
  /** The fee rates at which transactions are expected to be confirmed: as the gateway's node estimates, and by `projectedBlocks`. */
  readonly feeEstimates: FeeEstimates;
  /** An address, with its transactions, unspent outputs and balance. Null, with an error, if the text is not an address of the network. */
  readonly address?: Maybe<Address>;
  /**
   * Addresses, in the order in which they were given. What is not an address of the network is null, with an error that names its place
   * in the list; the others are answered. Null as a whole, with an error, if there are too many.
   */
  readonly addresses?: Maybe<ReadonlyArray<Maybe<Address>>>;
  /**
   * A wallet by its public keys: its addresses with their indexes, what they did and what they hold, and the next unused ones. Give exactly
   * one of `descriptor` and `xpub`, in a request by POST. They are not stored and not logged, but whoever answers learns which addresses belong
   * together. Private keys are refused. Null, with an error, if the keys cannot be read.
   */
  readonly wallet?: Maybe<Wallet>;
  /**
   * Outputs that meet a filter, in the order of their transactions. Unconfirmed transactions are the newest. Null, with an error, if the page
   * cannot be returned, for example because the filter is refused or the cursor has expired.
   */
  readonly outputs?: Maybe<OutputConnection>;
};


/**
 * Queries of the indexed chain. If a field fails, it is null, with an error at its path, and the other fields are answered. `chain`
 * fails only if no field can be answered.
 */
export type QueryAtArgs = {
  height?: InputMaybe<Scalars['Int']['input']>;
  hash?: InputMaybe<Scalars['Hash']['input']>;
};


/**
 * Queries of the indexed chain. If a field fails, it is null, with an error at its path, and the other fields are answered. `chain`
 * fails only if no field can be answered.
 */
export type QueryBlockArgs = {
  hash?: InputMaybe<Scalars['Hash']['input']>;
  height?: InputMaybe<Scalars['Int']['input']>;
};


/**
 * Queries of the indexed chain. If a field fails, it is null, with an error at its path, and the other fields are answered. `chain`
 * fails only if no field can be answered.
 */
export type QueryBlocksArgs = {
  filter?: InputMaybe<BlockFilter>;
  order?: Order;
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['Cursor']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  before?: InputMaybe<Scalars['Cursor']['input']>;
};


/**
 * Queries of the indexed chain. If a field fails, it is null, with an error at its path, and the other fields are answered. `chain`
 * fails only if no field can be answered.
 */
export type QueryTransactionArgs = {
  txid: Scalars['Hash']['input'];
};


/**
 * Queries of the indexed chain. If a field fails, it is null, with an error at its path, and the other fields are answered. `chain`
 * fails only if no field can be answered.
 */
export type QueryTransactionsByIdsArgs = {
  txids: ReadonlyArray<Scalars['Hash']['input']>;
};


/**
 * Queries of the indexed chain. If a field fails, it is null, with an error at its path, and the other fields are answered. `chain`
 * fails only if no field can be answered.
 */
export type QueryOutputArgs = {
  txid: Scalars['Hash']['input'];
  index: Scalars['Int']['input'];
};


/**
 * Queries of the indexed chain. If a field fails, it is null, with an error at its path, and the other fields are answered. `chain`
 * fails only if no field can be answered.
 */
export type QueryTestTransactionsArgs = {
  raws: ReadonlyArray<Scalars['Hex']['input']>;
  maxFeeRate?: InputMaybe<Scalars['Float']['input']>;
};


/**
 * Queries of the indexed chain. If a field fails, it is null, with an error at its path, and the other fields are answered. `chain`
 * fails only if no field can be answered.
 */
export type QueryTransactionsArgs = {
  filter?: InputMaybe<TransactionFilter>;
  scan?: Scalars['Boolean']['input'];
  order?: Order;
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['Cursor']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  before?: InputMaybe<Scalars['Cursor']['input']>;
};


/**
 * Queries of the indexed chain. If a field fails, it is null, with an error at its path, and the other fields are answered. `chain`
 * fails only if no field can be answered.
 */
export type QueryExplainTransactionsArgs = {
  filter?: InputMaybe<TransactionFilter>;
  scan?: Scalars['Boolean']['input'];
  order?: Order;
  first?: InputMaybe<Scalars['Int']['input']>;
};


/**
 * Queries of the indexed chain. If a field fails, it is null, with an error at its path, and the other fields are answered. `chain`
 * fails only if no field can be answered.
 */
export type QueryProjectedBlocksArgs = {
  first?: Scalars['Int']['input'];
};


/**
 * Queries of the indexed chain. If a field fails, it is null, with an error at its path, and the other fields are answered. `chain`
 * fails only if no field can be answered.
 */
export type QueryFeeEstimatesArgs = {
  targets?: ReadonlyArray<Scalars['Int']['input']>;
  mode?: FeeEstimateMode;
};


/**
 * Queries of the indexed chain. If a field fails, it is null, with an error at its path, and the other fields are answered. `chain`
 * fails only if no field can be answered.
 */
export type QueryAddressArgs = {
  address: Scalars['String']['input'];
};


/**
 * Queries of the indexed chain. If a field fails, it is null, with an error at its path, and the other fields are answered. `chain`
 * fails only if no field can be answered.
 */
export type QueryAddressesArgs = {
  addresses: ReadonlyArray<Scalars['String']['input']>;
};


/**
 * Queries of the indexed chain. If a field fails, it is null, with an error at its path, and the other fields are answered. `chain`
 * fails only if no field can be answered.
 */
export type QueryWalletArgs = {
  descriptor?: InputMaybe<Scalars['String']['input']>;
  xpub?: InputMaybe<Scalars['String']['input']>;
  gapLimit?: Scalars['Int']['input'];
};


/**
 * Queries of the indexed chain. If a field fails, it is null, with an error at its path, and the other fields are answered. `chain`
 * fails only if no field can be answered.
 */
export type QueryOutputsArgs = {
  filter: OutputFilter;
  scan?: Scalars['Boolean']['input'];
  order?: Order;
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['Cursor']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  before?: InputMaybe<Scalars['Cursor']['input']>;
};

/** The order of a list. */
export type Order =
  /** The newest item comes first. */
  | 'NEWEST_FIRST'
  /** The oldest item comes first. */
  | 'OLDEST_FIRST';

/**
 * Events as they happen, sent as server-sent events (`accept: text/event-stream`) or over a WebSocket (graphql-transport-ws), at the
 * same URL as queries. Each event has a cursor. Give it as `after` to continue after that event on any replica, without a gap or a
 * repetition. Continue each subscription with its own cursor, since another subscription may not have received the same events. To
 * start from the state that a query returned, use its `chain { cursor }`.
 */
export type Subscription = {
  readonly __typename?: 'Subscription';
  /**
   * Events of the transactions that match a filter, or of all transactions if there is no filter. Later events of the same
   * transaction follow, including those of a reorganisation that removes its block or of another transaction that replaces it.
   */
  readonly transactions: TransactionEvent;
  /** Blocks that are added to the main chain, and blocks that a reorganisation removes from it. */
  readonly blocks: BlockEvent;
  /** Events of the transactions that pay one of the given addresses or spend from it. */
  readonly address: AddressEvent;
};


/**
 * Events as they happen, sent as server-sent events (`accept: text/event-stream`) or over a WebSocket (graphql-transport-ws), at the
 * same URL as queries. Each event has a cursor. Give it as `after` to continue after that event on any replica, without a gap or a
 * repetition. Continue each subscription with its own cursor, since another subscription may not have received the same events. To
 * start from the state that a query returned, use its `chain { cursor }`.
 */
export type SubscriptionTransactionsArgs = {
  filter?: InputMaybe<TransactionFilter>;
  after?: InputMaybe<Scalars['EventCursor']['input']>;
  heartbeat?: Scalars['Boolean']['input'];
};


/**
 * Events as they happen, sent as server-sent events (`accept: text/event-stream`) or over a WebSocket (graphql-transport-ws), at the
 * same URL as queries. Each event has a cursor. Give it as `after` to continue after that event on any replica, without a gap or a
 * repetition. Continue each subscription with its own cursor, since another subscription may not have received the same events. To
 * start from the state that a query returned, use its `chain { cursor }`.
 */
export type SubscriptionBlocksArgs = {
  after?: InputMaybe<Scalars['EventCursor']['input']>;
  heartbeat?: Scalars['Boolean']['input'];
};


/**
 * Events as they happen, sent as server-sent events (`accept: text/event-stream`) or over a WebSocket (graphql-transport-ws), at the
 * same URL as queries. Each event has a cursor. Give it as `after` to continue after that event on any replica, without a gap or a
 * repetition. Continue each subscription with its own cursor, since another subscription may not have received the same events. To
 * start from the state that a query returned, use its `chain { cursor }`.
 */
export type SubscriptionAddressArgs = {
  addresses: ReadonlyArray<Scalars['String']['input']>;
  after?: InputMaybe<Scalars['EventCursor']['input']>;
  heartbeat?: Scalars['Boolean']['input'];
};

/** An event of a transaction. */
export type TransactionEvent = {
  readonly __typename?: 'TransactionEvent';
  /** The event's position in the event log. Give it as `after` to continue after this event. */
  readonly cursor: Scalars['EventCursor']['output'];
  /** The kind of event. */
  readonly kind: TransactionEventKind;
  /** The transaction in its state at the event: confirmed by the event's block, or unconfirmed. Null only for HEARTBEAT. */
  readonly transaction?: Maybe<Transaction>;
  /** The block that now contains it (CONFIRMED), or contained it until now (REORGANISED). Null for other kinds. */
  readonly block?: Maybe<Block>;
  /** Why the transaction was removed. Null unless it was. */
  readonly reason?: Maybe<RemovalReason>;
  /** The id of the transaction that replaced it or that it conflicts with. Null if there is none. */
  readonly by?: Maybe<Scalars['Hash']['output']>;
};

/** The kinds of transaction events. */
export type TransactionEventKind =
  /** The node accepted the transaction into its mempool, or put it back there when its block left the main chain. */
  | 'ACCEPTED'
  /** A block of the main chain contains the transaction. */
  | 'CONFIRMED'
  /**
   * The transaction's block is no longer on the main chain. Another event follows: it is confirmed by another block, unconfirmed
   * again, or removed. For a coinbase, which vanishes with its block, nothing follows.
   */
  | 'REORGANISED'
  /** While the transaction is unconfirmed, the node has seen another one that spends the same output (BCH: double-spend proofs). */
  | 'DOUBLE_SPENT'
  /** The transaction left the mempool or its block, and is now in neither. */
  | 'REMOVED'
  /** Nothing happened that concerns the subscriber: all its events up to the cursor have been sent. Only with `heartbeat: true`. */
  | 'HEARTBEAT';

/** An event of a transaction that pays some of the addresses or spends from them. */
export type AddressEvent = {
  readonly __typename?: 'AddressEvent';
  /** The event's position in the event log. Give it as `after` to continue after this event. */
  readonly cursor: Scalars['EventCursor']['output'];
  /** The kind of event. */
  readonly kind: TransactionEventKind;
  /** The subscribed addresses that the transaction concerns, in the format in which they were given. */
  readonly addresses: ReadonlyArray<Scalars['String']['output']>;
  /** The amount that the transaction pays to these addresses. */
  readonly received: Scalars['Satoshis']['output'];
  /** The amount that it spends from them. Spent outputs that the index does not know do not count. */
  readonly spent: Scalars['Satoshis']['output'];
  /** The transaction in its state at the event: confirmed by the event's block, or unconfirmed. Null only for HEARTBEAT. */
  readonly transaction?: Maybe<Transaction>;
  /** The block that now contains it (CONFIRMED), or contained it until now (REORGANISED). Null for other kinds. */
  readonly block?: Maybe<Block>;
  /** Why the transaction was removed. Null unless it was. */
  readonly reason?: Maybe<RemovalReason>;
  /** The id of the transaction that replaced it or that it conflicts with. Null if there is none. */
  readonly by?: Maybe<Scalars['Hash']['output']>;
};

/** An event of a block: it was added to the main chain, or removed from it. */
export type BlockEvent = {
  readonly __typename?: 'BlockEvent';
  /** The event's position in the event log. Give it as `after` to continue after this event. */
  readonly cursor: Scalars['EventCursor']['output'];
  /** The kind of event. */
  readonly kind: BlockEventKind;
  /** The block. Null only for HEARTBEAT. */
  readonly block?: Maybe<Block>;
};

/** The kinds of block events. */
export type BlockEventKind =
  /** The block was added to the main chain and is its tip. */
  | 'CONNECTED'
  /** A reorganisation removed the block from the main chain. It was the tip. */
  | 'DISCONNECTED'
  /** Nothing happened: all events up to the cursor have been sent. Only with `heartbeat: true`. */
  | 'HEARTBEAT';

/** A transaction. */
export type Transaction = {
  readonly __typename?: 'Transaction';
  /** The transaction id: the hash of the transaction without witness data. */
  readonly txid: Scalars['Hash']['output'];
  /** The hash of the transaction with witness data (BIP 141). Equal to `txid` if there is no witness data. */
  readonly wtxid: Scalars['Hash']['output'];
  /** The block that contains it. Null while it is unconfirmed. */
  readonly block?: Maybe<Block>;
  /** Its index in the block; the coinbase has index 0. Null while it is unconfirmed. */
  readonly blockIndex?: Maybe<Scalars['UInt']['output']>;
  /** The number of blocks from its block to the tip, including both. 0 while it is unconfirmed or in a stale block. */
  readonly confirmations: Scalars['Int']['output'];
  /** When the node accepted it into its mempool. Null if the indexer did not see that. */
  readonly firstSeen?: Maybe<Scalars['Timestamp']['output']>;
  /** How it left the mempool without being mined in the main chain. Null if it did not. */
  readonly removed?: Maybe<Removal>;
  /** The id of the transaction that replaced it in the mempool. Null if none did. */
  readonly replacedBy?: Maybe<Scalars['Hash']['output']>;
  /**
   * Other transactions that spend one of the same outputs. Confirmed ones first, then pending ones, then ones that recently left the
   * mempool. At most 100. Null, with an error, if the search would exceed the request's budget.
   */
  readonly conflicts?: Maybe<ReadonlyArray<Transaction>>;
  /** True for a coinbase: the transaction that creates a block's new coins. */
  readonly coinbase: Scalars['Boolean']['output'];
  /** The transaction's version. */
  readonly version: Scalars['UInt']['output'];
  /** The earliest height (below 500,000,000) or Unix time at which it may be mined; 0 for no limit. */
  readonly lockTime: Scalars['UInt']['output'];
  /** The size in bytes, including witness data. */
  readonly size: Scalars['UInt']['output'];
  /** The size in bytes without witness data. */
  readonly strippedSize: Scalars['UInt']['output'];
  /** The weight, as BIP 141 defines it. */
  readonly weight: Scalars['UInt']['output'];
  /** A quarter of the weight, rounded up: fee rates are per virtual byte. Equal to `size` if there is no witness data. */
  readonly virtualSize: Scalars['UInt']['output'];
  /** The number of inputs. */
  readonly inputCount: Scalars['UInt']['output'];
  /** The number of outputs. */
  readonly outputCount: Scalars['UInt']['output'];
  /** The inputs, in order. Compare with `inputCount` to see whether there are more. Without `first`, the price of a query counts 10. */
  readonly inputs: ReadonlyArray<Input>;
  /** The outputs, in order. Compare with `outputCount` to see whether there are more. Without `first`, the price of a query counts 10. */
  readonly outputs: ReadonlyArray<Output>;
  /** The sum of the spent outputs' values. If it is null, `feeUnknown` has the reason. */
  readonly inputValue?: Maybe<Scalars['Satoshis']['output']>;
  /** The sum of the outputs' values. */
  readonly outputValue: Scalars['Satoshis']['output'];
  /** The fee: `inputValue` minus `outputValue`. If it is null, `feeUnknown` has the reason. */
  readonly fee?: Maybe<Scalars['Satoshis']['output']>;
  /** The fee in satoshis per virtual byte. If it is null, `feeUnknown` has the reason. */
  readonly feeRate?: Maybe<Scalars['Float']['output']>;
  /** Why `inputValue`, `fee` and `feeRate` are null. */
  readonly feeUnknown?: Maybe<UnknownReason>;
  /**
   * The fee rate in satoshis per virtual byte that counts for a miner: that of the transaction together with those that it spends from,
   * or that pay for it by spending from it (CPFP). Null if it is not in the mempool, or if a fee is not known; null, with an error, if
   * too many transactions depend on each other.
   */
  readonly effectiveFeeRate?: Maybe<Scalars['Float']['output']>;
  /**
   * The unconfirmed transactions that it spends from, directly or through others. Null if it is not in the mempool; null, with an error,
   * if there are more than 1,000.
   */
  readonly ancestors?: Maybe<Relatives>;
  /**
   * The unconfirmed transactions that spend from it, directly or through others. Null if it is not in the mempool; null, with an error,
   * if there are more than 1,000.
   */
  readonly descendants?: Maybe<Relatives>;
  /**
   * Whether it signals that another transaction may replace it, by its own sequence numbers or those of an unconfirmed ancestor (BIP
   * 125). Many nodes accept replacements without that signal. Null if it is not in the mempool, and on networks without replacement
   * (BCH, BSV); null, with an error, if it has more than 1,000 ancestors.
   */
  readonly replaceable?: Maybe<Scalars['Boolean']['output']>;
  /** The serialized transaction, including witness data. */
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

/** How a transaction left the mempool without being mined in the main chain. */
export type Removal = {
  readonly __typename?: 'Removal';
  /** Why it left. */
  readonly reason: RemovalReason;
  /** When it left. */
  readonly date: Scalars['DateTime']['output'];
  /** The id of the transaction that replaced it or that it conflicts with. Null if there is none. */
  readonly by?: Maybe<Scalars['Hash']['output']>;
};

/** Why a transaction is no longer in the mempool. */
export type RemovalReason =
  /** It was mined: a block contains it. */
  | 'MINED'
  /** A transaction with a higher fee that spends one of the same outputs replaced it (BIP 125), or replaced one that it depends on. */
  | 'REPLACED'
  /**
   * A block contains another transaction that spends one of the same outputs, or one of the same outputs as a transaction that it
   * depends on.
   */
  | 'CONFLICT'
  /** The node's mempool was full, and its fee rate was too low. */
  | 'EVICTED'
  /** It was in the mempool for too long. */
  | 'EXPIRED'
  /** A reorganisation removed the block that contained it, or that contained a transaction that it depends on. */
  | 'REORGANISED'
  /** The node found it, or a transaction that it depends on, invalid. */
  | 'INVALID'
  /** The reason is not known. */
  | 'UNKNOWN';

/** An input of a transaction: the output that it spends, and the proof that it may spend it. */
export type Input = {
  readonly __typename?: 'Input';
  /** The transaction that it is part of. */
  readonly transaction: Transaction;
  /** Its index in the transaction, counted from 0. */
  readonly index: Scalars['UInt']['output'];
  /** True for the input of a coinbase, which spends no output. */
  readonly coinbase: Scalars['Boolean']['output'];
  /** The id of the transaction whose output it spends. Null for a coinbase. */
  readonly previousTxid?: Maybe<Scalars['Hash']['output']>;
  /** The index of the output that it spends. Null for a coinbase. */
  readonly previousIndex?: Maybe<Scalars['UInt']['output']>;
  /** The transaction whose output it spends. Null for a coinbase, and if the transaction is not indexed. */
  readonly previousTransaction?: Maybe<Transaction>;
  /** The output that it spends. If it is null, `spentOutputUnknown` has the reason. */
  readonly spentOutput?: Maybe<SpentOutput>;
  /** Why `spentOutput` is null. */
  readonly spentOutputUnknown?: Maybe<UnknownReason>;
  /** The unlocking script (scriptSig). In a coinbase, it is arbitrary data of the miner. */
  readonly unlockingScript: Scalars['Hex']['output'];
  /** The sequence number. */
  readonly sequence: Scalars['UInt']['output'];
  /** The witness items, in order. */
  readonly witness: ReadonlyArray<Scalars['Hex']['output']>;
};

/** The output that an input spends. */
export type SpentOutput = {
  readonly __typename?: 'SpentOutput';
  /** Its value in satoshis. */
  readonly value: Scalars['Satoshis']['output'];
  /** The locking script (scriptPubKey), without the CashTokens prefix. */
  readonly lockingScript: Scalars['Hex']['output'];
  /** The type of its locking script. */
  readonly type: ScriptType;
  /** Its address. Null if this type of script has no address. */
  readonly address?: Maybe<Scalars['String']['output']>;
  /** Its CashTokens. Null if it has none, and on chains other than BCH. */
  readonly token?: Maybe<Token>;
};

/** An output of a transaction: a value, and the script that locks it. */
export type Output = {
  readonly __typename?: 'Output';
  /** The transaction that it is part of. */
  readonly transaction: Transaction;
  /** Its index in the transaction, counted from 0. */
  readonly index: Scalars['UInt']['output'];
  /** Its value in satoshis. */
  readonly value: Scalars['Satoshis']['output'];
  /** The locking script (scriptPubKey), without the CashTokens prefix. */
  readonly lockingScript: Scalars['Hex']['output'];
  /** The type of the locking script. */
  readonly type: ScriptType;
  /** The address. Null if this type of script has no address. */
  readonly address?: Maybe<Scalars['String']['output']>;
  /** The content of a data output. Null for other outputs. */
  readonly data?: Maybe<Data>;
  /** Its CashTokens. Null if it has none, and on chains other than BCH. */
  readonly token?: Maybe<Token>;
  /** The input that spends it, confirmed or not. Null while it is unspent. */
  readonly spentBy?: Maybe<Input>;
};

/** The content of a data output: the data that is pushed after OP_RETURN, or after OP_FALSE OP_RETURN. */
export type Data = {
  readonly __typename?: 'Data';
  /** The number of pushes. */
  readonly pushCount: Scalars['UInt']['output'];
  /** The pushes, in order. Compare with `pushCount` to see whether there are more. Without `first`, the price of a query counts 4. */
  readonly pushes: ReadonlyArray<Push>;
};


/** The content of a data output: the data that is pushed after OP_RETURN, or after OP_FALSE OP_RETURN. */
export type DataPushesArgs = {
  first?: InputMaybe<Scalars['Int']['input']>;
  offset?: Scalars['Int']['input'];
};

/** One push of a data output. */
export type Push = {
  readonly __typename?: 'Push';
  /** Its position after OP_RETURN, counted from 0. */
  readonly index: Scalars['Int']['output'];
  /** The opcode: the length of the data up to 75, OP_PUSHDATA1, 2 or 4, the opcode of a small number, or an opcode without data. */
  readonly opcode: Scalars['Int']['output'];
  /** The data in hexadecimal. */
  readonly hex: Scalars['Hex']['output'];
  /** The data as text. Null if it is not valid UTF-8. */
  readonly utf8?: Maybe<Scalars['String']['output']>;
  /** The data in base64. */
  readonly base64: Scalars['String']['output'];
  /** The length of the data in bytes. */
  readonly size: Scalars['UInt']['output'];
  /** True if the last element is not a valid push. It then has all bytes up to the end of the script. */
  readonly malformed: Scalars['Boolean']['output'];
};

/** CashTokens on a BCH output (CHIP-2022-02). */
export type Token = {
  readonly __typename?: 'Token';
  /** The token category, in display order. */
  readonly category: Scalars['Hash']['output'];
  /** The number of fungible tokens, as a decimal number. */
  readonly amount: Scalars['String']['output'];
  /** What the non-fungible token allows. Null if there is none. */
  readonly capability?: Maybe<TokenCapability>;
  /** The non-fungible token's commitment. Null if there is none. */
  readonly commitment?: Maybe<Scalars['Hex']['output']>;
};

/** What a non-fungible token allows its holder. */
export type TokenCapability =
  /** Nothing: the token cannot be changed. */
  | 'NONE'
  /** The token's commitment may be changed when it is spent. */
  | 'MUTABLE'
  /** New tokens of the same category may be created. */
  | 'MINTING';

/** The types of locking scripts. */
export type ScriptType =
  /** Pay to public key. */
  | 'P2PK'
  /** Pay to public key hash. */
  | 'P2PKH'
  /** Pay to script hash (BIP 16). */
  | 'P2SH'
  /** Pay to a 32-byte script hash (BCH). */
  | 'P2SH32'
  /** Bare multisig: some of several public keys must sign. */
  | 'MULTISIG'
  /** Pay to witness public key hash (BIP 141). */
  | 'P2WPKH'
  /** Pay to witness script hash (BIP 141). */
  | 'P2WSH'
  /** Pay to Taproot (BIP 341). */
  | 'P2TR'
  /** Pay to anchor: anyone may spend it, in order to raise a fee. */
  | 'P2A'
  /** A witness program of a version that has no meaning yet. */
  | 'WITNESS_UNKNOWN'
  /** A data output: OP_RETURN, or OP_FALSE OP_RETURN. */
  | 'NULL_DATA'
  /** Any other script. */
  | 'NON_STANDARD';

/**
 * A wallet: the addresses of a descriptor or an extended public key, and what they have together. Each chain of addresses is derived until
 * `gapLimit` of them in a row are unused.
 */
export type Wallet = {
  readonly __typename?: 'Wallet';
  /** All derived addresses, chain by chain. */
  readonly addresses: ReadonlyArray<WalletAddress>;
  /** The chains of the wallet. An extended public key has two: 0 to receive with, and 1 for change. */
  readonly chains: ReadonlyArray<WalletChain>;
  /**
   * Whether all chains were derived up to the gap limit. False if they have more than 1,000 addresses together, and while the index does not
   * reach back to the first block: then the wallet may have more than is shown, and what seems to be unused may have been used.
   */
  readonly complete: Scalars['Boolean']['output'];
  /**
   * The amounts that its addresses received, spent and hold, in confirmed transactions only. What it pays to itself, such as change, counts
   * in both `received` and `spent`. Null if it has more transactions than one request may add up; then `balanceUnknown` has what is known.
   */
  readonly balance?: Maybe<Balance>;
  /** What is known of the balance if `balance` is null because there is too much to add up. Null otherwise. */
  readonly balanceUnknown?: Maybe<PartialBalance>;
  /**
   * The transactions that pay one of its addresses or spend from it, including unconfirmed ones, each once. Null, with an error, if the page
   * cannot be returned.
   */
  readonly transactions?: Maybe<TransactionConnection>;
  /**
   * The unspent outputs of its addresses. Outputs of unconfirmed transactions are included; outputs that an unconfirmed transaction spends
   * are not. Null, with an error, if the page cannot be returned.
   */
  readonly unspentOutputs?: Maybe<OutputConnection>;
};


/**
 * A wallet: the addresses of a descriptor or an extended public key, and what they have together. Each chain of addresses is derived until
 * `gapLimit` of them in a row are unused.
 */
export type WalletTransactionsArgs = {
  order?: Order;
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['Cursor']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  before?: InputMaybe<Scalars['Cursor']['input']>;
};


/**
 * A wallet: the addresses of a descriptor or an extended public key, and what they have together. Each chain of addresses is derived until
 * `gapLimit` of them in a row are unused.
 */
export type WalletUnspentOutputsArgs = {
  order?: Order;
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['Cursor']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  before?: InputMaybe<Scalars['Cursor']['input']>;
};

/** A chain of a wallet's addresses: those of one path, by their last number. */
export type WalletChain = {
  readonly __typename?: 'WalletChain';
  /** The place of the chain in the wallet, counted from 0. */
  readonly chain: Scalars['UInt']['output'];
  /** How many of its addresses were derived. */
  readonly addressCount: Scalars['UInt']['output'];
  /**
   * The first address behind all that are used: the one to give out next. Null if all derived ones are used, for example the single one of
   * a descriptor without `*`.
   */
  readonly nextUnused?: Maybe<WalletAddress>;
};

/** An address of a wallet. */
export type WalletAddress = {
  readonly __typename?: 'WalletAddress';
  /** The address, with its own transactions, unspent outputs and balance. */
  readonly address: Address;
  /** The place of its chain in the wallet, counted from 0: `chains` has them in the same order. */
  readonly chain: Scalars['UInt']['output'];
  /** Its index in the chain: the last number of its path. */
  readonly index: Scalars['UInt']['output'];
  /**
   * The path from the extended public key to the key of the address, for example 0/5. Empty if nothing was derived. Where there are several
   * keys, it is that of the first one with an index.
   */
  readonly path: Scalars['String']['output'];
  /** Whether an indexed transaction, confirmed or not, pays it or spends from it. */
  readonly used: Scalars['Boolean']['output'];
};



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
  Interval: Interval;
  BalanceHistory: ResolverTypeWrapper<BalancePage>;
  BalanceEdge: ResolverTypeWrapper<Omit<BalanceEdge, 'node'> & { node: ResolversTypes['BalancePeriod'] }>;
  BalancePeriod: ResolverTypeWrapper<HistoryPeriod>;
  Balance: ResolverTypeWrapper<BalanceView>;
  PartialBalance: ResolverTypeWrapper<PartialSums>;
  Block: ResolverTypeWrapper<BlockView>;
  Float: ResolverTypeWrapper<Scalars['Float']['output']>;
  BlockFilter: BlockFilter;
  Chain: ResolverTypeWrapper<ChainReader>;
  SearchIndex: ResolverTypeWrapper<FamilyStatus>;
  SearchIndexName: SearchIndexName;
  CompetingTip: ResolverTypeWrapper<BranchTip>;
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
  OutputFilter: OutputFilter;
  InputFilter: InputFilter;
  LockingScriptFilter: LockingScriptFilter;
  OutpointFilter: OutpointFilter;
  WitnessFilter: WitnessFilter;
  TokenFilter: TokenFilter;
  CommitmentFilter: CommitmentFilter;
  AmountFilter: AmountFilter;
  CountFilter: CountFilter;
  NumberFilter: NumberFilter;
  TokenAmountFilter: TokenAmountFilter;
  HeightFilter: HeightFilter;
  TimeFilter: TimeFilter;
  Moment: ResolverTypeWrapper<Scalars['Moment']['output']>;
  DataFilter: DataFilter;
  PushFilter: PushFilter;
  TextFilter: TextFilter;
  BytesInput: BytesInput;
  Mempool: ResolverTypeWrapper<MempoolSummary>;
  FeeRateRange: ResolverTypeWrapper<FeeRateCount>;
  ProjectedBlock: ResolverTypeWrapper<NumberedBlock>;
  FeeEstimates: ResolverTypeWrapper<AskedFees>;
  NodeFeeEstimates: ResolverTypeWrapper<AskedNodeFees>;
  NodeFeeEstimate: ResolverTypeWrapper<SmartFeeEstimate>;
  FeeEstimateMode: FeeEstimateMode;
  ProjectedFeeEstimate: ResolverTypeWrapper<ProjectedFeeEstimate>;
  Relatives: ResolverTypeWrapper<PendingRelatives>;
  PendingBalance: ResolverTypeWrapper<PendingBalanceView>;
  Mutation: ResolverTypeWrapper<Record<PropertyKey, never>>;
  PackageBroadcast: ResolverTypeWrapper<PackageBroadcast>;
  TransactionTest: ResolverTypeWrapper<TransactionTest>;
  TransactionPlan: ResolverTypeWrapper<ExplainedPage>;
  PlanRefusal: ResolverTypeWrapper<RefusedPage>;
  PlanStep: ResolverTypeWrapper<ExplainedStep>;
  PlanOperation: PlanOperation;
  PlanPrediction: ResolverTypeWrapper<Prediction>;
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
  Wallet: ResolverTypeWrapper<WalletView>;
  WalletChain: ResolverTypeWrapper<DerivedChain>;
  WalletAddress: ResolverTypeWrapper<DerivedAddress>;
  String: ResolverTypeWrapper<Scalars['String']['output']>;
  Int: ResolverTypeWrapper<Scalars['Int']['output']>;
  Boolean: ResolverTypeWrapper<Scalars['Boolean']['output']>;
};

/** Mapping between all available schema types and the resolvers parents */
export type ResolversParentTypes = {
  Address: AddressView;
  BalanceHistory: BalancePage;
  BalanceEdge: Omit<BalanceEdge, 'node'> & { node: ResolversParentTypes['BalancePeriod'] };
  BalancePeriod: HistoryPeriod;
  Balance: BalanceView;
  PartialBalance: PartialSums;
  Block: BlockView;
  Float: Scalars['Float']['output'];
  BlockFilter: BlockFilter;
  Chain: ChainReader;
  SearchIndex: FamilyStatus;
  CompetingTip: BranchTip;
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
  OutputFilter: OutputFilter;
  InputFilter: InputFilter;
  LockingScriptFilter: LockingScriptFilter;
  OutpointFilter: OutpointFilter;
  WitnessFilter: WitnessFilter;
  TokenFilter: TokenFilter;
  CommitmentFilter: CommitmentFilter;
  AmountFilter: AmountFilter;
  CountFilter: CountFilter;
  NumberFilter: NumberFilter;
  TokenAmountFilter: TokenAmountFilter;
  HeightFilter: HeightFilter;
  TimeFilter: TimeFilter;
  Moment: Scalars['Moment']['output'];
  DataFilter: DataFilter;
  PushFilter: PushFilter;
  TextFilter: TextFilter;
  BytesInput: BytesInput;
  Mempool: MempoolSummary;
  FeeRateRange: FeeRateCount;
  ProjectedBlock: NumberedBlock;
  FeeEstimates: AskedFees;
  NodeFeeEstimates: AskedNodeFees;
  NodeFeeEstimate: SmartFeeEstimate;
  ProjectedFeeEstimate: ProjectedFeeEstimate;
  Relatives: PendingRelatives;
  PendingBalance: PendingBalanceView;
  Mutation: Record<PropertyKey, never>;
  PackageBroadcast: PackageBroadcast;
  TransactionTest: TransactionTest;
  TransactionPlan: ExplainedPage;
  PlanRefusal: RefusedPage;
  PlanStep: ExplainedStep;
  PlanPrediction: Prediction;
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
  Wallet: WalletView;
  WalletChain: DerivedChain;
  WalletAddress: DerivedAddress;
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
  balanceUnknown?: Resolver<Maybe<ResolversTypes['PartialBalance']>, ParentType, ContextType>;
  balances?: Resolver<Maybe<ResolversTypes['BalanceHistory']>, ParentType, ContextType, RequireFields<AddressBalancesArgs, 'by'>>;
  transactions?: Resolver<Maybe<ResolversTypes['TransactionConnection']>, ParentType, ContextType, RequireFields<AddressTransactionsArgs, 'order'>>;
  unspentOutputs?: Resolver<Maybe<ResolversTypes['OutputConnection']>, ParentType, ContextType, RequireFields<AddressUnspentOutputsArgs, 'order'>>;
};

export type BalanceHistoryResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['BalanceHistory'] = ResolversParentTypes['BalanceHistory']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['BalanceEdge']>, ParentType, ContextType>;
  nodes?: Resolver<ReadonlyArray<ResolversTypes['BalancePeriod']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type BalanceEdgeResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['BalanceEdge'] = ResolversParentTypes['BalanceEdge']> = {
  cursor?: Resolver<ResolversTypes['Cursor'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['BalancePeriod'], ParentType, ContextType>;
};

export type BalancePeriodResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['BalancePeriod'] = ResolversParentTypes['BalancePeriod']> = {
  from?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  to?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  lastHeight?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  received?: Resolver<ResolversTypes['Satoshis'], ParentType, ContextType>;
  spent?: Resolver<ResolversTypes['Satoshis'], ParentType, ContextType>;
  unspent?: Resolver<Maybe<ResolversTypes['Satoshis']>, ParentType, ContextType>;
  transactionCount?: Resolver<ResolversTypes['UInt'], ParentType, ContextType>;
  partial?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
};

export type BalanceResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Balance'] = ResolversParentTypes['Balance']> = {
  received?: Resolver<ResolversTypes['Satoshis'], ParentType, ContextType>;
  spent?: Resolver<ResolversTypes['Satoshis'], ParentType, ContextType>;
  unspent?: Resolver<Maybe<ResolversTypes['Satoshis']>, ParentType, ContextType>;
  transactionCount?: Resolver<ResolversTypes['UInt'], ParentType, ContextType>;
  pending?: Resolver<Maybe<ResolversTypes['PendingBalance']>, ParentType, ContextType>;
};

export type PartialBalanceResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['PartialBalance'] = ResolversParentTypes['PartialBalance']> = {
  received?: Resolver<ResolversTypes['Satoshis'], ParentType, ContextType>;
  spent?: Resolver<ResolversTypes['Satoshis'], ParentType, ContextType>;
  transactionCount?: Resolver<ResolversTypes['UInt'], ParentType, ContextType>;
  upToHeight?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
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
  indexes?: Resolver<ReadonlyArray<ResolversTypes['SearchIndex']>, ParentType, ContextType>;
  split?: Resolver<ReadonlyArray<ResolversTypes['CompetingTip']>, ParentType, ContextType>;
};

export type SearchIndexResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['SearchIndex'] = ResolversParentTypes['SearchIndex']> = {
  name?: Resolver<ResolversTypes['SearchIndexName'], ParentType, ContextType>;
  coverage?: Resolver<ReadonlyArray<ResolversTypes['HeightRange']>, ParentType, ContextType>;
  pending?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
};

export type CompetingTipResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['CompetingTip'] = ResolversParentTypes['CompetingTip']> = {
  height?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  hash?: Resolver<ResolversTypes['Hash'], ParentType, ContextType>;
  branchLength?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  status?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
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

export type MempoolResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Mempool'] = ResolversParentTypes['Mempool']> = {
  count?: Resolver<ResolversTypes['UInt'], ParentType, ContextType>;
  virtualSize?: Resolver<ResolversTypes['UInt'], ParentType, ContextType>;
  fees?: Resolver<ResolversTypes['Satoshis'], ParentType, ContextType>;
  histogram?: Resolver<ReadonlyArray<ResolversTypes['FeeRateRange']>, ParentType, ContextType>;
  transactions?: Resolver<Maybe<ResolversTypes['TransactionConnection']>, ParentType, ContextType, Partial<MempoolTransactionsArgs>>;
};

export type FeeRateRangeResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['FeeRateRange'] = ResolversParentTypes['FeeRateRange']> = {
  feeRateFrom?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  count?: Resolver<ResolversTypes['UInt'], ParentType, ContextType>;
  virtualSize?: Resolver<ResolversTypes['UInt'], ParentType, ContextType>;
};

export type ProjectedBlockResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['ProjectedBlock'] = ResolversParentTypes['ProjectedBlock']> = {
  target?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  count?: Resolver<ResolversTypes['UInt'], ParentType, ContextType>;
  weight?: Resolver<ResolversTypes['UInt'], ParentType, ContextType>;
  virtualSize?: Resolver<ResolversTypes['UInt'], ParentType, ContextType>;
  fees?: Resolver<ResolversTypes['Satoshis'], ParentType, ContextType>;
  minFeeRate?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  medianFeeRate?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  maxFeeRate?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  full?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
};

export type FeeEstimatesResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['FeeEstimates'] = ResolversParentTypes['FeeEstimates']> = {
  node?: Resolver<Maybe<ResolversTypes['NodeFeeEstimates']>, ParentType, ContextType>;
  projected?: Resolver<Maybe<ReadonlyArray<ResolversTypes['ProjectedFeeEstimate']>>, ParentType, ContextType>;
};

export type NodeFeeEstimatesResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['NodeFeeEstimates'] = ResolversParentTypes['NodeFeeEstimates']> = {
  minimumFeeRate?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  estimates?: Resolver<Maybe<ReadonlyArray<ResolversTypes['NodeFeeEstimate']>>, ParentType, ContextType>;
};

export type NodeFeeEstimateResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['NodeFeeEstimate'] = ResolversParentTypes['NodeFeeEstimate']> = {
  target?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  mode?: Resolver<ResolversTypes['FeeEstimateMode'], ParentType, ContextType>;
  feeRate?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  blocks?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  errors?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
};

export type ProjectedFeeEstimateResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['ProjectedFeeEstimate'] = ResolversParentTypes['ProjectedFeeEstimate']> = {
  target?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  feeRate?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
};

export type RelativesResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Relatives'] = ResolversParentTypes['Relatives']> = {
  count?: Resolver<ResolversTypes['UInt'], ParentType, ContextType>;
  virtualSize?: Resolver<ResolversTypes['UInt'], ParentType, ContextType>;
  fees?: Resolver<Maybe<ResolversTypes['Satoshis']>, ParentType, ContextType>;
  transactions?: Resolver<ReadonlyArray<ResolversTypes['Transaction']>, ParentType, ContextType, RequireFields<RelativesTransactionsArgs, 'first'>>;
};

export type PendingBalanceResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['PendingBalance'] = ResolversParentTypes['PendingBalance']> = {
  received?: Resolver<ResolversTypes['Satoshis'], ParentType, ContextType>;
  spent?: Resolver<ResolversTypes['Satoshis'], ParentType, ContextType>;
  transactionCount?: Resolver<ResolversTypes['UInt'], ParentType, ContextType>;
  unspent?: Resolver<Maybe<ResolversTypes['Satoshis']>, ParentType, ContextType>;
};

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

export type TransactionPlanResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['TransactionPlan'] = ResolversParentTypes['TransactionPlan']> = {
  refusal?: Resolver<Maybe<ResolversTypes['PlanRefusal']>, ParentType, ContextType>;
  longChainRefusal?: Resolver<Maybe<ResolversTypes['PlanRefusal']>, ParentType, ContextType>;
  steps?: Resolver<ReadonlyArray<ResolversTypes['PlanStep']>, ParentType, ContextType>;
  stepCount?: Resolver<ResolversTypes['UInt'], ParentType, ContextType>;
  conditions?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  prediction?: Resolver<Maybe<ResolversTypes['PlanPrediction']>, ParentType, ContextType>;
};

export type PlanRefusalResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['PlanRefusal'] = ResolversParentTypes['PlanRefusal']> = {
  code?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  add?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
};

export type PlanStepResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['PlanStep'] = ResolversParentTypes['PlanStep']> = {
  depth?: Resolver<ResolversTypes['UInt'], ParentType, ContextType>;
  operation?: Resolver<ResolversTypes['PlanOperation'], ParentType, ContextType>;
  index?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  key?: Resolver<Maybe<ResolversTypes['Hex']>, ParentType, ContextType>;
  fromHeight?: Resolver<Maybe<ResolversTypes['UInt']>, ParentType, ContextType>;
  toHeight?: Resolver<Maybe<ResolversTypes['UInt']>, ParentType, ContextType>;
  unconfirmed?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  excluded?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  rows?: Resolver<Maybe<ResolversTypes['UInt']>, ParentType, ContextType>;
  exact?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
};

export type PlanPredictionResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['PlanPrediction'] = ResolversParentTypes['PlanPrediction']> = {
  matches?: Resolver<ResolversTypes['UInt'], ParentType, ContextType>;
  rows?: Resolver<ResolversTypes['UInt'], ParentType, ContextType>;
  cost?: Resolver<ResolversTypes['UInt'], ParentType, ContextType>;
  budgetExhausted?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  exact?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
};

export type QueryResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Query'] = ResolversParentTypes['Query']> = {
  at?: Resolver<Maybe<ResolversTypes['Query']>, ParentType, ContextType, Partial<QueryAtArgs>>;
  chain?: Resolver<ResolversTypes['Chain'], ParentType, ContextType>;
  block?: Resolver<Maybe<ResolversTypes['Block']>, ParentType, ContextType, Partial<QueryBlockArgs>>;
  blocks?: Resolver<Maybe<ResolversTypes['BlockConnection']>, ParentType, ContextType, RequireFields<QueryBlocksArgs, 'order'>>;
  transaction?: Resolver<Maybe<ResolversTypes['Transaction']>, ParentType, ContextType, RequireFields<QueryTransactionArgs, 'txid'>>;
  transactionsByIds?: Resolver<Maybe<ReadonlyArray<Maybe<ResolversTypes['Transaction']>>>, ParentType, ContextType, RequireFields<QueryTransactionsByIdsArgs, 'txids'>>;
  output?: Resolver<Maybe<ResolversTypes['Output']>, ParentType, ContextType, RequireFields<QueryOutputArgs, 'txid' | 'index'>>;
  testTransactions?: Resolver<Maybe<ReadonlyArray<ResolversTypes['TransactionTest']>>, ParentType, ContextType, RequireFields<QueryTestTransactionsArgs, 'raws'>>;
  transactions?: Resolver<Maybe<ResolversTypes['TransactionConnection']>, ParentType, ContextType, RequireFields<QueryTransactionsArgs, 'scan' | 'order'>>;
  explainTransactions?: Resolver<Maybe<ResolversTypes['TransactionPlan']>, ParentType, ContextType, RequireFields<QueryExplainTransactionsArgs, 'scan' | 'order'>>;
  mempool?: Resolver<Maybe<ResolversTypes['Mempool']>, ParentType, ContextType>;
  projectedBlocks?: Resolver<Maybe<ReadonlyArray<ResolversTypes['ProjectedBlock']>>, ParentType, ContextType, RequireFields<QueryProjectedBlocksArgs, 'first'>>;
  feeEstimates?: Resolver<ResolversTypes['FeeEstimates'], ParentType, ContextType, RequireFields<QueryFeeEstimatesArgs, 'targets' | 'mode'>>;
  address?: Resolver<Maybe<ResolversTypes['Address']>, ParentType, ContextType, RequireFields<QueryAddressArgs, 'address'>>;
  addresses?: Resolver<Maybe<ReadonlyArray<Maybe<ResolversTypes['Address']>>>, ParentType, ContextType, RequireFields<QueryAddressesArgs, 'addresses'>>;
  wallet?: Resolver<Maybe<ResolversTypes['Wallet']>, ParentType, ContextType, RequireFields<QueryWalletArgs, 'gapLimit'>>;
  outputs?: Resolver<Maybe<ResolversTypes['OutputConnection']>, ParentType, ContextType, RequireFields<QueryOutputsArgs, 'filter' | 'scan' | 'order'>>;
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
  effectiveFeeRate?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  ancestors?: Resolver<Maybe<ResolversTypes['Relatives']>, ParentType, ContextType>;
  descendants?: Resolver<Maybe<ResolversTypes['Relatives']>, ParentType, ContextType>;
  replaceable?: Resolver<Maybe<ResolversTypes['Boolean']>, ParentType, ContextType>;
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
  previousTransaction?: Resolver<Maybe<ResolversTypes['Transaction']>, ParentType, ContextType>;
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

export type WalletResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Wallet'] = ResolversParentTypes['Wallet']> = {
  addresses?: Resolver<ReadonlyArray<ResolversTypes['WalletAddress']>, ParentType, ContextType>;
  chains?: Resolver<ReadonlyArray<ResolversTypes['WalletChain']>, ParentType, ContextType>;
  complete?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  balance?: Resolver<Maybe<ResolversTypes['Balance']>, ParentType, ContextType>;
  balanceUnknown?: Resolver<Maybe<ResolversTypes['PartialBalance']>, ParentType, ContextType>;
  transactions?: Resolver<Maybe<ResolversTypes['TransactionConnection']>, ParentType, ContextType, RequireFields<WalletTransactionsArgs, 'order'>>;
  unspentOutputs?: Resolver<Maybe<ResolversTypes['OutputConnection']>, ParentType, ContextType, RequireFields<WalletUnspentOutputsArgs, 'order'>>;
};

export type WalletChainResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['WalletChain'] = ResolversParentTypes['WalletChain']> = {
  chain?: Resolver<ResolversTypes['UInt'], ParentType, ContextType>;
  addressCount?: Resolver<ResolversTypes['UInt'], ParentType, ContextType>;
  nextUnused?: Resolver<Maybe<ResolversTypes['WalletAddress']>, ParentType, ContextType>;
};

export type WalletAddressResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['WalletAddress'] = ResolversParentTypes['WalletAddress']> = {
  address?: Resolver<ResolversTypes['Address'], ParentType, ContextType>;
  chain?: Resolver<ResolversTypes['UInt'], ParentType, ContextType>;
  index?: Resolver<ResolversTypes['UInt'], ParentType, ContextType>;
  path?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  used?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
};

export type Resolvers<ContextType = RequestContext> = {
  Address?: AddressResolvers<ContextType>;
  BalanceHistory?: BalanceHistoryResolvers<ContextType>;
  BalanceEdge?: BalanceEdgeResolvers<ContextType>;
  BalancePeriod?: BalancePeriodResolvers<ContextType>;
  Balance?: BalanceResolvers<ContextType>;
  PartialBalance?: PartialBalanceResolvers<ContextType>;
  Block?: BlockResolvers<ContextType>;
  Chain?: ChainResolvers<ContextType>;
  SearchIndex?: SearchIndexResolvers<ContextType>;
  CompetingTip?: CompetingTipResolvers<ContextType>;
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
  Mempool?: MempoolResolvers<ContextType>;
  FeeRateRange?: FeeRateRangeResolvers<ContextType>;
  ProjectedBlock?: ProjectedBlockResolvers<ContextType>;
  FeeEstimates?: FeeEstimatesResolvers<ContextType>;
  NodeFeeEstimates?: NodeFeeEstimatesResolvers<ContextType>;
  NodeFeeEstimate?: NodeFeeEstimateResolvers<ContextType>;
  ProjectedFeeEstimate?: ProjectedFeeEstimateResolvers<ContextType>;
  Relatives?: RelativesResolvers<ContextType>;
  PendingBalance?: PendingBalanceResolvers<ContextType>;
  Mutation?: MutationResolvers<ContextType>;
  PackageBroadcast?: PackageBroadcastResolvers<ContextType>;
  TransactionTest?: TransactionTestResolvers<ContextType>;
  TransactionPlan?: TransactionPlanResolvers<ContextType>;
  PlanRefusal?: PlanRefusalResolvers<ContextType>;
  PlanStep?: PlanStepResolvers<ContextType>;
  PlanPrediction?: PlanPredictionResolvers<ContextType>;
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
  Wallet?: WalletResolvers<ContextType>;
  WalletChain?: WalletChainResolvers<ContextType>;
  WalletAddress?: WalletAddressResolvers<ContextType>;
};

export type DirectiveResolvers<ContextType = RequestContext> = {
  cost?: CostDirectiveResolver<any, any, ContextType>;
  listSize?: ListSizeDirectiveResolver<any, any, ContextType>;
};
