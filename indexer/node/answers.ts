import { fromHex } from '../../src/chain/bytes.ts';
import type { Currency } from '../../src/chain/networks.ts';
import type { SpentOutput } from '../../src/chain/undo.ts';
import { BitqlError } from '../../src/errors.ts';
import type { HeaderInfo, NodeInfo } from './node.ts';

/** The node's JSON answers, checked once and turned into our types. */

type Json = Readonly<Record<string, unknown>>;

export function parseNodeInfo(chainInfo: unknown, networkInfo: unknown): NodeInfo {
  const chain = object(chainInfo, 'getblockchaininfo');
  const version = text(object(networkInfo, 'getnetworkinfo'), 'subversion');
  return {
    currency: currencyOf(version),
    chain: text(chain, 'chain'),
    version,
    tip: { height: integer(chain, 'blocks'), hash: text(chain, 'bestblockhash') },
    headers: integer(chain, 'headers'),
    lowestBlock: chain.pruned === true ? integer(chain, 'pruneheight') : 0,
  };
}

export function parseHeader(answer: unknown): HeaderInfo {
  const header = object(answer, 'getblockheader');
  return {
    previousHash: header.previousblockhash === undefined ? null : text(header, 'previousblockhash'),
    time: integer(header, 'time'),
    chainWork: BigInt(`0x${text(header, 'chainwork')}`),
  };
}

/** The `prevout`s of `getblock HASH 3`; null where the node does not give them (too old, or its undo data is pruned). */
export function parseSpentOutputs(answer: unknown): SpentOutput[][] | null {
  const transactions = array(object(answer, 'getblock').tx);
  const spent = transactions.map((transaction) => inputsOf(transaction).map(parsePrevout));
  return spent.some((outputs) => outputs.includes(null)) ? null : (spent as SpentOutput[][]);
}

function inputsOf(transaction: unknown): Json[] {
  return array(object(transaction, 'getblock').vin)
    .map((input) => object(input, 'getblock'))
    .filter((input) => input.coinbase === undefined);
}

function parsePrevout({ prevout }: Json): SpentOutput | null {
  if (prevout === undefined) return null;
  const output = object(prevout, 'getblock');
  return { value: satoshis(output.value), script: fromHex(text(object(output.scriptPubKey, 'getblock'), 'hex')) };
}

/** An amount in coins with 8 decimals. It arrives as a number, or as a string where it has more than 15 digits. */
function satoshis(amount: unknown): number {
  return Math.round(Number(amount) * 1e8);
}

/** By user agent: the three currencies use the same names for their chains, and the same genesis block. */
function currencyOf(userAgent: string): Currency {
  if (/Bitcoin SV|Teranode/i.test(userAgent)) return 'BSV';
  if (/Bitcoin Cash|BCH|Bitcoin Verde|Flowee|Knuth/i.test(userAgent)) return 'BCH';
  return 'BTC';
}

function object(value: unknown, method: string): Json {
  if (typeof value === 'object' && value !== null) return value as Json;
  throw new BitqlError('NODE_REFUSED', `bitcoind's answer to ${method} is not what it should be.`);
}

function array(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  throw new BitqlError('NODE_REFUSED', "bitcoind's answer has no list where there should be one.");
}

function text(from: Json, field: string): string {
  const value = from[field];
  if (typeof value === 'string') return value;
  throw new BitqlError('NODE_REFUSED', `bitcoind's answer has no text in "${field}".`);
}

function integer(from: Json, field: string): number {
  const value = from[field];
  if (Number.isSafeInteger(value)) return value as number;
  throw new BitqlError('NODE_REFUSED', `bitcoind's answer has no whole number in "${field}".`);
}
