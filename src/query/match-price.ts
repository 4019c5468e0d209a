import type { Network } from '../chain/networks.ts';
import { dataOffset, someElement } from '../chain/script.ts';
import { indexedPart, isPlainScript } from '../chain/script-data.ts';
import type { Transaction } from '../chain/transaction.ts';
import { conditionsOf, type Filter, type FilterCondition, type Predicate } from './filter.ts';
import { InputPieces } from './input-pieces.ts';
import { remembered } from './remembered.ts';

/** The cost of examining a candidate, even a cached one, in points. */
const POINTS_OF_CANDIDATE = 2;
/** Bytes of a transaction that one scan can go over for one point. */
const BYTES_OF_POINT = 2_048;
/** Tests of an output, an input, a push or a piece of data that one point pays for. */
const TESTS_OF_POINT = 32;

/** How often a filter goes over the parts of a transaction. */
interface Passes {
  outputs: number;
  inputs: number;
  /** Over the elements of data outputs, and of other scripts without an address. */
  elements: number;
  /** Over the data in inputs. */
  pieces: number;
  /** Over all bytes. */
  bytes: number;
}

const passesOfPredicates = new WeakMap<Predicate, Passes>();

/** The cost in points of matching a filter with a transaction, without reading it. */
export function matchingPoints(
  { predicate }: Filter,
  { transaction, network }: { readonly transaction: Transaction; readonly network: Network },
): number {
  const { outputs, inputs, elements, pieces, bytes } = remembered(passesOfPredicates, predicate, passesOf);
  const tests =
    outputs * transaction.outputCount +
    inputs * transaction.inputCount +
    (elements === 0 ? 0 : elements * elementCount(transaction, network)) +
    (pieces === 0 ? 0 : pieces * InputPieces.of(transaction).count);
  const scanned = (bytes * transaction.bytes.length) / BYTES_OF_POINT;
  return POINTS_OF_CANDIDATE + Math.floor(scanned) + Math.floor(tests / TESTS_OF_POINT);
}

function passesOf(predicate: Predicate): Passes {
  const passes: Passes = { outputs: 0, inputs: 0, elements: 0, pieces: 0, bytes: 0 };
  for (const condition of conditionsOf(predicate)) addPasses(passes, condition);
  return passes;
}

function addPasses(passes: Passes, condition: FilterCondition): void {
  switch (condition.kind) {
    case 'output':
    case 'input': {
      const isOfOutputs = condition.kind === 'output';
      passes[isOfOutputs ? 'outputs' : 'inputs'] += condition.tests.length;
      for (const test of condition.tests) {
        if (test.kind === 'scriptHash' || test.kind === 'script') passes.bytes += 1;
        if (!('pushes' in test)) continue;
        const count = test.pushes.reduce((sum, { tests }) => sum + Math.max(1, tests.length), 0);
        passes[isOfOutputs ? 'elements' : 'pieces'] += count;
        passes.bytes += count;
      }
      return;
    }
    case 'address':
      passes.bytes += 1;
      passes.outputs += 1;
      passes.inputs += 1;
      return;
    case 'fee':
    case 'feeRate':
      passes.outputs += 1;
      passes.inputs += 1;
      return;
    case 'outputValue':
      passes.outputs += 1;
      return;
    case 'signalsReplacement':
      passes.inputs += 1;
      return;
  }
}

/** Of a smaller transaction they are counted again, which takes less time than to remember them. */
const LEAST_REMEMBERED = 2_048;
const elementCounts = new WeakMap<Transaction, number>();

/** Of the scripts in which pushes are searched for. A script may have as many elements as bytes. */
function elementCount(transaction: Transaction, network: Network): number {
  if (transaction.bytes.length < LEAST_REMEMBERED) return countElements(transaction, network);
  return remembered(elementCounts, transaction, (one) => countElements(one, network));
}

function countElements({ outputs }: Transaction, network: Network): number {
  let count = 0;
  const add = () => {
    count += 1;
    return false;
  };
  for (const { lockingScript } of outputs) {
    const offset = dataOffset(lockingScript);
    if (offset > 0) someElement(lockingScript, offset, add);
    else if (isPlainScript(lockingScript, network)) someElement(indexedPart(lockingScript), 0, add);
  }
  return count;
}
