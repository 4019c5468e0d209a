import { lockingScriptOf } from '../../src/chain/address.ts';
import { toHex } from '../../src/chain/bytes.ts';
import { dataPushes, isData } from '../../src/chain/data.ts';
import { sha256Prefix } from '../../src/chain/hash.ts';
import { inputData } from '../../src/chain/input-data.ts';
import type { Network } from '../../src/chain/networks.ts';
import { isUnspendable, type ScriptElement, scriptElements, scriptType } from '../../src/chain/script.ts';
import { isPlainScript } from '../../src/chain/script-data.ts';
import type { Transaction } from '../../src/chain/transaction.ts';
import type { FilterInput } from '../../src/query/parse-filter.ts';
import type {
  BytesInput,
  InputInput,
  OutputInput,
  PushInput,
  RangeInput,
} from '../../src/query/parse-output-filter.ts';
import type { KnownOutput } from '../../src/store/transactions.ts';

/** A transaction as it is seen at a moment. */
export interface SeenTransaction {
  readonly transaction: Transaction;
  readonly spent: readonly (KnownOutput | null)[];
  readonly height: number | null;
  readonly time: number | null;
  readonly removed?: boolean;
  /** Whether an output is spent [not known]. */
  readonly isSpent?: (index: number) => boolean | null;
}

type Truth = boolean | null;

const all = (truths: readonly Truth[]): Truth => (truths.includes(false) ? false : truths.includes(null) ? null : true);
const any = (truths: readonly Truth[]): Truth => (truths.includes(true) ? true : truths.includes(null) ? null : false);
const not = (truth: Truth): Truth => (truth === null ? null : !truth);

/** Whether a filter holds for a transaction, worked out condition by condition from the text of the schema. */
export function holdsNaively(filter: FilterInput, seen: SeenTransaction, network: Network): boolean {
  return (filter.removed ?? false) === (seen.removed ?? false) && truthOf(filter, seen, network) === true;
}

function truthOf(filter: FilterInput, seen: SeenTransaction, network: Network): Truth {
  const { transaction, spent, height, time } = seen;
  const truths: Truth[] = [];
  const { and, or, not: negated } = filter;
  if (and != null) truths.push(all(and.map((member) => truthOf(member, seen, network))));
  if (or != null) truths.push(any(or.map((member) => truthOf(member, seen, network))));
  if (negated != null) truths.push(not(truthOf(negated, seen, network)));
  if (filter.txids != null) truths.push(filter.txids.some((txid) => toHex(txid) === toHex(transaction.txid)));
  for (const list of [filter.address == null ? null : [filter.address], filter.addresses]) {
    if (list == null) continue;
    const paid = transaction.outputs.map(({ lockingScript }) => list.some((one) => isOf(one, lockingScript, network)));
    const used = transaction.isCoinbase
      ? []
      : transaction.inputs.map((_, i) => {
          const output = spent[i] ?? null;
          return output === null ? null : list.some((one) => isOf(one, output.lockingScript, network));
        });
    truths.push(any([...paid, ...used]));
  }
  if (filter.confirmed != null) truths.push(filter.confirmed === (height !== null));
  if (filter.coinbase != null) truths.push(filter.coinbase === transaction.isCoinbase);
  if (filter.hasWitness != null) truths.push(filter.hasWitness === transaction.hasWitness);
  if (filter.signalsReplacement != null) {
    const signals = !transaction.isCoinbase && transaction.inputs.some(({ sequence }) => sequence <= 0xffff_fffd);
    truths.push(filter.signalsReplacement === signals);
  }
  for (const [bounds, value] of [
    [filter.block, height],
    [filter.time, time],
  ] as const) {
    if (bounds != null) truths.push(value !== null && value >= (bounds.from ?? 0) && value <= (bounds.to ?? Infinity));
  }
  const isKnown = !transaction.isCoinbase && transaction.inputs.every((_, i) => spent[i] != null);
  const paid = transaction.outputs.reduce((sum, { value }) => sum + value, 0);
  const fee = isKnown ? spent.reduce((sum, output) => sum + output!.value, 0) - paid : null;
  const numbers = {
    fee,
    feeRate: fee === null ? null : fee / transaction.virtualSize,
    size: transaction.bytes.length,
    virtualSize: transaction.virtualSize,
    weight: transaction.weight,
    outputValue: paid,
    inputCount: transaction.inputs.length,
    outputCount: transaction.outputs.length,
    version: transaction.version,
    lockTime: transaction.lockTime,
  };
  for (const [name, value] of Object.entries(numbers)) {
    const range = filter[name as keyof typeof numbers];
    if (range != null) truths.push(value === null ? null : isIn(range, value));
  }
  for (const output of [...(filter.outputs ?? []), ...(filter.data ?? []).map((data) => ({ data }))]) {
    truths.push(any(transaction.outputs.map((_, i) => outputHolds(output, i, seen, network))));
  }
  for (const input of filter.inputs ?? []) {
    truths.push(any(transaction.inputs.map((_, i) => inputHolds(input, i, seen, network))));
  }
  return all(truths);
}

function isOf(address: string, script: Uint8Array, network: Network): boolean {
  return toHex(lockingScriptOf(address, network)) === toHex(script);
}

function isIn({ gte, gt, lte, lt }: RangeInput, value: number): boolean {
  return (
    value >= (gte ?? -Infinity) && value > (gt ?? -Infinity) && value <= (lte ?? Infinity) && value < (lt ?? Infinity)
  );
}

function scriptHolds(filter: OutputInput | InputInput, script: Uint8Array, network: Network): boolean {
  const { address, addresses, lockingScript, types } = filter;
  const hex = toHex(script);
  return (
    (address == null || isOf(address, script, network)) &&
    (addresses == null || addresses.some((one) => isOf(one, script, network))) &&
    (lockingScript?.equals == null || toHex(lockingScript.equals) === hex) &&
    (lockingScript?.startsWith == null || hex.startsWith(toHex(lockingScript.startsWith))) &&
    (types == null || types.includes(scriptType(script, network)))
  );
}

function outputHolds(filter: OutputInput, index: number, seen: SeenTransaction, network: Network): Truth {
  const { value, lockingScript: script } = seen.transaction.outputs[index]!;
  const pushes = filter.lockingScript?.pushes;
  const elements = isPlainScript(script, network) ? scriptElements(script).map((one, i) => ({ ...one, index: i })) : [];
  const isSpent = seen.isSpent?.(index) ?? null;
  return all([
    scriptHolds(filter, script, network),
    filter.index == null || filter.index === index,
    filter.value == null || isIn(filter.value, value),
    filter.spent == null || (isSpent === null ? null : filter.spent === isSpent),
    filter.scriptHash == null ||
      (!isUnspendable(script, network, seen.height ?? 1e9) &&
        toHex(sha256Prefix(script, 32)) === toHex(filter.scriptHash)),
    filter.data == null ||
      pushesHold(
        filter.data.pushes,
        (dataPushes(script) ?? []).map((one, i) => ({ ...one, index: i })),
      ),
    pushes == null || pushesHold(pushes, elements),
  ]);
}

function inputHolds(
  filter: InputInput,
  index: number,
  { transaction, spent }: SeenTransaction,
  network: Network,
): Truth {
  const input = transaction.inputs[index]!;
  const output = spent[index] ?? null;
  const { spends } = filter;
  const isAboutSpent = [filter.address, filter.addresses, filter.lockingScript, filter.types, filter.value].some(
    (x) => x != null,
  );
  const ofSpent = () => {
    if (output === null) return input.isCoinbase ? false : null;
    return (
      scriptHolds(filter, output.lockingScript, network) && (filter.value == null || isIn(filter.value, output.value))
    );
  };
  const placed = inputData(transaction).filter((one) => one.input === index);
  const at = (place: string) =>
    placed.filter((one) => one.place === place).map((one) => ({ ...one, opcode: 0, rest: false }));
  return all([
    !isAboutSpent || ofSpent(),
    filter.index == null || filter.index === index,
    filter.coinbase == null || filter.coinbase === input.isCoinbase,
    filter.sequence == null || isIn(filter.sequence, input.sequence),
    spends == null ||
      (!input.isCoinbase &&
        toHex(spends.txid) === toHex(input.previousTxid) &&
        (spends.index == null || spends.index === input.previousIndex)),
    filter.unlockingScript == null || pushesHold(filter.unlockingScript.pushes, at('unlockingScript')),
    filter.witness == null || pushesHold(filter.witness.items, at('witness')),
    filter.revealedScript == null || pushesHold(filter.revealedScript.pushes, at('revealedScript')),
  ]);
}

type Element = ScriptElement & { readonly index: number };

function pushesHold(pushes: readonly PushInput[], elements: readonly Element[]): boolean {
  return pushes.every((push) => elements.some((element) => pushHolds(push, element)));
}

function pushHolds(push: PushInput, element: Element): boolean {
  if (push.index != null && push.index !== element.index) return false;
  if (push.opcode != null && (element.rest || push.opcode !== element.opcode)) return false;
  const { opcode: _, index: __, ...ofData } = push;
  const isAsked = Object.values(ofData).some((condition) => condition != null);
  if (!isAsked) return true;
  const hex = toHex(element.data);
  const { equals, in: values, startsWith, contains, size, utf8, number } = push;
  const text = Buffer.from(hex, 'hex').toString();
  const isText = Buffer.from(text).toString('hex') === hex;
  const fold = (one: string) => (utf8?.caseInsensitive ? one.toLowerCase() : one);
  return (
    isData(element) &&
    (equals == null || hexOf(equals) === hex) &&
    (values == null || values.some((value) => hexOf(value) === hex)) &&
    (startsWith == null || hex.startsWith(hexOf(startsWith))) &&
    (contains == null || Buffer.from(hex, 'hex').includes(Buffer.from(hexOf(contains), 'hex'))) &&
    (size == null || isIn(size, hex.length / 2)) &&
    (number == null || isNumberIn(number, element.data)) &&
    (utf8 == null ||
      (isText &&
        (utf8.equals == null || fold(text) === fold(utf8.equals)) &&
        (utf8.startsWith == null || fold(text).startsWith(fold(utf8.startsWith))) &&
        (utf8.contains == null || fold(text).includes(fold(utf8.contains)))))
  );
}

/** Script numbers: little-endian, the highest bit is the sign. */
function isNumberIn(range: RangeInput, data: Uint8Array): boolean {
  if (data.length > 8) return false;
  const bytes = [...data].reverse();
  const isNegative = (bytes[0] ?? 0) >= 0x80;
  const magnitude = bytes.reduce((sum, byte, i) => sum * 256n + BigInt(i === 0 ? byte & 0x7f : byte), 0n);
  if (magnitude > BigInt(Number.MAX_SAFE_INTEGER)) return false;
  return isIn(range, Number(isNegative ? -magnitude : magnitude));
}

function hexOf({ utf8, hex, base64 }: BytesInput): string {
  if (hex != null) return toHex(hex);
  return (utf8 == null ? Buffer.from(base64 ?? '', 'base64') : Buffer.from(utf8)).toString('hex');
}
