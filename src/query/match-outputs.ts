import { equalBytes } from '../chain/bytes.ts';
import { sha256Prefix } from '../chain/hash.ts';
import type { Input, Output } from '../chain/inputs-outputs.ts';
import { dataOffset, isUnspendable, scriptType } from '../chain/script.ts';
import { indexedPart, isPlainScript } from '../chain/script-data.ts';
import type { KnownOutput } from '../store/transactions.ts';
import type { InputTest, OutputTest, ScriptTest, TokenTest } from './filter.ts';
import { InputPieces } from './input-pieces.ts';
import { bytesMatch, isInRange, piecesMatch, pushesMatch, startsWith } from './match-pushes.ts';
import type { MatchSubject, Truth } from './match-subject.ts';

const SHA256_LENGTH = 32;

/** Whether one of the outputs passes all tests. */
export function someOutput(tests: readonly OutputTest[], subject: MatchSubject): Truth {
  return some(subject.transaction.outputs, (output, index) =>
    all(tests, (test) => outputPasses(test, output, index, subject)),
  );
}

/** Whether an output passes all tests. */
export function outputTruth(tests: readonly OutputTest[], index: number, subject: MatchSubject): Truth {
  return all(tests, (test) => outputPasses(test, subject.transaction.outputs[index]!, index, subject));
}

/** Whether one of the inputs passes all tests. */
export function someInput(tests: readonly InputTest[], subject: MatchSubject): Truth {
  return some(subject.transaction.inputs, (input, index) =>
    all(tests, (test) => inputPasses(test, input, index, subject)),
  );
}

/** Whether an input passes all tests. */
export function inputTruth(tests: readonly InputTest[], index: number, subject: MatchSubject): Truth {
  return all(tests, (test) => inputPasses(test, subject.transaction.inputs[index]!, index, subject));
}

/** True if one is, else unknown if one is, else false. */
function some<T>(items: readonly T[], test: (item: T, index: number) => Truth): Truth {
  let truth: Truth = false;
  for (let i = 0; i < items.length; i++) {
    const one = test(items[i]!, i);
    if (one === true) return true;
    truth = one === null ? null : truth;
  }
  return truth;
}

/** False if one is, else unknown if one is, else true. */
function all<T>(items: readonly T[], test: (item: T) => Truth): Truth {
  let truth: Truth = true;
  for (const item of items) {
    const one = test(item);
    if (one === false) return false;
    truth = one === null ? null : truth;
  }
  return truth;
}

function outputPasses(test: OutputTest, output: Output, index: number, subject: MatchSubject): Truth {
  switch (test.kind) {
    case 'index':
      return index === test.index;
    case 'value':
      return isInRange(test.range, output.value);
    case 'spent': {
      const isSpent = subject.isSpent?.(index) ?? null;
      return isSpent === null ? null : isSpent === test.is;
    }
    case 'token':
      return tokenPasses(test, output);
    case 'data': {
      const offset = dataOffset(output.lockingScript);
      return offset > 0 && pushesMatch(test.pushes, output.lockingScript, offset);
    }
    case 'pushes':
      if (!isPlainScript(output.lockingScript, subject.network)) return false;
      return pushesMatch(test.pushes, indexedPart(output.lockingScript), 0);
    case 'scriptHash': {
      const { lockingScript } = output;
      const isSpendable = !isUnspendable(lockingScript, subject.network, subject.height ?? Number.POSITIVE_INFINITY);
      return isSpendable && equalBytes(sha256Prefix(lockingScript, SHA256_LENGTH), test.hash);
    }
    default:
      return scriptPasses(test, output.lockingScript, subject);
  }
}

function inputPasses(test: InputTest, input: Input, index: number, subject: MatchSubject): Truth {
  switch (test.kind) {
    case 'index':
      return index === test.index;
    case 'coinbase':
      return input.isCoinbase === test.is;
    case 'sequence':
      return isInRange(test.range, input.sequence);
    case 'spends': {
      const isOfOutput = test.index === null || input.previousIndex === test.index;
      return isOfOutput && !input.isCoinbase && equalBytes(input.previousTxid, test.txid);
    }
    case 'inputData':
      return piecesMatch(test.pushes, InputPieces.of(subject.transaction).at(index, test.place));
    case 'value':
      return ofSpent(input, index, subject, ({ value }) => isInRange(test.range, value));
    default:
      return ofSpent(input, index, subject, ({ lockingScript }) => scriptPasses(test, lockingScript, subject));
  }
}

/** The input of a coinbase spends no output; of another one it may not be known. */
function ofSpent(input: Input, index: number, { spent }: MatchSubject, test: (output: KnownOutput) => boolean): Truth {
  const output = spent[index] ?? null;
  if (output !== null) return test(output);
  return input.isCoinbase ? false : null;
}

function scriptPasses(test: ScriptTest, lockingScript: Uint8Array, { network }: MatchSubject): boolean {
  switch (test.kind) {
    case 'script':
      return test.scripts.has(lockingScript);
    case 'scriptStart':
      return startsWith(lockingScript, test.bytes);
    case 'types':
      return test.types.includes(scriptType(lockingScript, network));
  }
}

function tokenPasses({ category, capabilities, commitment, amount }: TokenTest, { token }: Output): boolean {
  if (token === null) return false;
  return (
    (category === null || equalBytes(category, token.category)) &&
    (capabilities === null || (token.capability !== null && capabilities.includes(token.capability))) &&
    (commitment === null || (token.capability !== null && bytesMatch(commitment, token.commitment))) &&
    (amount === null || isInRange(amount, token.amount))
  );
}
