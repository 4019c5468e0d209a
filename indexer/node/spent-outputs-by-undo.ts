import { MalformedBytesError } from '../../src/chain/bytes.ts';
import type { SpentOutput } from '../../src/chain/inputs-outputs.ts';
import { BitqlError, errorCode } from '../../src/errors.ts';
import { AnswerFields, listOf } from '../../src/rpc/answer-fields.ts';
import { isBadParameter, isUnavailable, lacksUndo } from '../../src/rpc/codes.ts';
import { nodeAt } from '../../src/rpc/http.ts';
import type { Rpc } from '../../src/rpc/rpc.ts';
import { type Largest, mostInputs } from './largest.ts';
import type { RestClient } from './rest-client.ts';
import { type OutputFormat, readOutputLists } from './serialized-outputs.ts';

/** Core: CTxOut, as on the wire. */
const TX_OUT: OutputFormat = {
  maxHeadSize: 8 + 9,
  readHead: (reader) => ({ value: reader.u64(), scriptSize: reader.compactSize(), kind: 0 }),
  readScript: (reader, { scriptSize }) => reader.bytes(scriptSize).slice(),
};

/**
 * What a block spends by `/rest/spenttxouts` (Core 30, src/rest.cpp: SerializeBlockUndo): for each transaction a list
 * of outputs, the coinbase's empty. Null if the node does not offer it, or does not have them: RPC says why.
 */
export async function spentOutputsByRest(
  rest: RestClient,
  rpc: Rpc,
  hash: string,
  largest: Largest,
): Promise<AsyncIterable<SpentOutput[]> | null> {
  const chunks = await rest
    .get({ endpoint: 'spenttxouts/HASH.bin', hash, maxBytes: largest.spentOutputs })
    .catch((error: unknown) => {
      if (isRefusedBlock(error)) return null;
      throw error;
    });
  if (chunks === null) return null;
  const lists = readOutputLists(chunks, { ...TX_OUT, maxListLength: mostInputs(largest) });
  return prime(checked(lists, nodeAt(rest.origin), hash, () => transactionCount(rpc, hash)));
}

async function transactionCount(rpc: Rpc, hash: string): Promise<number> {
  return AnswerFields.of(await rpc.call('getblockheader', hash, true), 'getblockheader').count('nTx');
}

async function* checked(
  spent: AsyncIterable<SpentOutput[]>,
  node: string,
  hash: string,
  countTransactions: () => Promise<number>,
): AsyncGenerator<SpentOutput[]> {
  let lists = 0;
  try {
    for await (const outputs of spent) {
      lists += 1;
      yield outputs;
    }
    const count = await countTransactions();
    if (lists !== count) throw new MalformedBytesError(`${lists} lists for ${count} transactions`, 0);
  } catch (error) {
    if (!(error instanceof MalformedBytesError)) throw error;
    throw new BitqlError('NODE_REFUSED', `${node} returned damaged spent outputs for block ${hash}.`, error);
  }
}

const METHOD = 'getblock';
const WITH_PREVOUT = 3;
/** Each value is in the answer several times: as hex, as text, and within JSON. */
const MAX_ANSWER_BYTES = 256 * 1024 * 1024;

/** Core's version, in getnetworkinfo, since which `getblock HASH 3` has prevouts: 23.0 (its release notes). */
const HAS_PREVOUTS = 230_000;

/**
 * All that a block spends, by `getblock HASH 3`; null if the node has no `prevout`s (before Core 23). Only for nodes of
 * BTC: on Bitcoin SV, 3 means header and coinbase, and Bitcoin Cash Node returns a script without its CashTokens
 * prefix, with `tokenData` beside it.
 * @returns instead, the node's refusal: NODE_LACKS_BLOCK also if it has no undo data of this block
 */
export async function spentOutputsByGetblock(rpc: Rpc, hash: string): Promise<SpentOutput[][] | BitqlError | null> {
  const asked = rpc.callWith({ maxAnswerBytes: MAX_ANSWER_BYTES }, METHOD, hash, WITH_PREVOUT);
  const answer = await asked.catch((error: unknown) => {
    if (isBadParameter(error, METHOD) || isUnavailable(error)) return null;
    if (isRefusedBlock(error)) return error;
    throw error;
  });
  if (answer === null || answer instanceof BitqlError) return answer;
  return parsePrevouts(answer) ?? ((await hasPrevouts(rpc)) ? lacksUndo('bitcoind') : null);
}

async function hasPrevouts(rpc: Rpc): Promise<boolean> {
  const info = AnswerFields.of(await rpc.call('getnetworkinfo'), 'getnetworkinfo');
  return info.has('version') && info.count('version') >= HAS_PREVOUTS;
}

/** Whether the node, although it answers, does not give what was asked of a block. */
function isRefusedBlock(error: unknown): error is BitqlError {
  return errorCode(error) === 'NODE_REFUSED' || errorCode(error) === 'NODE_LACKS_BLOCK';
}

function parsePrevouts(answer: unknown): SpentOutput[][] | null {
  const block = AnswerFields.of(answer, METHOD);
  const spent = listOf(block.raw('tx'), METHOD).map((transaction) => inputsOf(transaction).map(parsePrevout));
  if (spent.some((outputs) => outputs.includes(null))) return null;
  if (spent.length !== block.count('nTx')) throw refused('does not have all transactions of the block');
  return spent as SpentOutput[][];
}

function inputsOf(transaction: AnswerFields): AnswerFields[] {
  return listOf(transaction.raw('vin'), METHOD).filter((input) => !input.has('coinbase'));
}

function parsePrevout(input: AnswerFields): SpentOutput | null {
  if (!input.has('prevout')) return null;
  const output = input.object('prevout');
  return { value: output.amount('value'), script: output.object('scriptPubKey').bytes('hex') };
}

function refused(what: string): BitqlError {
  return new BitqlError('NODE_REFUSED', `bitcoind's answer to ${METHOD} ${what}.`);
}

/**
 * An iteration whose first step is already taken. This shows whether it works at all. Also, only a generator that has
 * begun can be closed: before that, `return` runs none of its `finally` blocks.
 * @throws the errors of the first step
 */
export async function prime<T>(items: AsyncGenerator<T>): Promise<AsyncIterable<T>> {
  return new PrimedIterator(await items.next(), items);
}

class PrimedIterator<T> implements AsyncIterableIterator<T> {
  #first: IteratorResult<T> | null;
  readonly #rest: AsyncGenerator<T>;

  constructor(first: IteratorResult<T>, rest: AsyncGenerator<T>) {
    this.#first = first;
    this.#rest = rest;
  }

  async next(): Promise<IteratorResult<T>> {
    const first = this.#first;
    this.#first = null;
    return first ?? this.#rest.next();
  }

  async return(): Promise<IteratorResult<T>> {
    this.#first = null;
    return this.#rest.return(undefined);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
