import { isUtf8 } from 'node:buffer';
import { hashFromHex } from '../../chain/bytes.ts';
import { BitqlError } from '../../errors.ts';
import { conflictsOf } from '../../query/conflicts.ts';
import type { Departure } from '../../store/departures.ts';
import { decodePosition } from '../../store/position.ts';
import { pendingFields } from './mempool.ts';
import type {
  DataResolvers,
  InputResolvers,
  OutputResolvers,
  PushResolvers,
  RemovalResolvers,
  SpentOutputResolvers,
  TokenResolvers,
  TransactionResolvers,
} from './resolver-types.ts';

export const Transaction: TransactionResolvers = {
  block: (transaction, _, context, info) => {
    context.charge();
    return context.readers.of(info).blockOf(transaction);
  },
  confirmations: ({ height, position }, _, { readers }, info) =>
    height === null ? 0 : readers.of(info).confirmationsOf(decodePosition(position)),
  firstSeen: (transaction, _, context, info) => {
    context.charge();
    return context.readers.of(info).firstSeenOf(transaction);
  },
  conflicts: async (transaction, _, context, info) => {
    context.charge();
    const conflicts = await conflictsOf(transaction, context.readers.of(info), context.budget);
    return context.list(conflicts, info);
  },
  inputs: (transaction, args, context, info) => {
    const { offset, length } = stretchOf(transaction.inputCount, args);
    return context.listOf(length, (i) => transaction.input(offset + i), info);
  },
  outputs: (transaction, args, context, info) => {
    const { offset, length } = stretchOf(transaction.outputCount, args);
    return context.listOf(length, (i) => transaction.output(offset + i), info);
  },
  ...pendingFields,
  hex: ({ transaction }, _, { answer }) => answer.bytes(transaction.bytes),
};

export const Input: InputResolvers = {
  previousTransaction: ({ previousTxid }, _, context, info) => {
    if (previousTxid === null) return null;
    context.charge();
    return context.readers.of(info).transactionById(previousTxid);
  },
  unlockingScript: ({ input }, _, { answer }) => answer.bytes(input.unlockingScript),
  witness: ({ input: { witness } }, _, context, info) => {
    for (const item of witness) context.answer.bytes(item);
    return context.list(witness, info);
  },
};

export const SpentOutput: SpentOutputResolvers = {
  lockingScript: ({ lockingScript }, _, { answer }) => answer.bytes(lockingScript),
};

export const Output: OutputResolvers = {
  lockingScript: ({ lockingScript }, _, { answer }) => answer.bytes(lockingScript),
  spentBy: async ({ transaction, index }, _, context, info) => {
    context.charge();
    const spender = await context.readers.of(info).spenderOf(transaction, index);
    return spender === null ? null : spender.transaction.input(spender.inputIndex);
  },
};

export const Token: TokenResolvers = {
  amount: ({ amount }) => amount.toString(),
  commitment: ({ capability, commitment }) => (capability === null ? null : commitment),
};

export const Data: DataResolvers = {
  pushCount: ({ count }) => count,
  pushes: (elements, args, context, info) => {
    const { length, offset } = stretchOf(elements.count, args);
    const pushes = elements.slice(length, offset);
    return context.list(
      pushes.map(({ opcode, data, rest }, i) => ({
        index: offset + i,
        opcode,
        size: data.length,
        malformed: rest,
        data,
      })),
      info,
    );
  },
};

/** Keeps a byte order mark: the text stands for exactly these bytes. */
const UTF8 = new TextDecoder('utf-8', { ignoreBOM: true });

export const Push: PushResolvers = {
  hex: ({ data }, _, { answer }) => answer.bytes(data),
  utf8: ({ data }, _, { answer }) => textOf(answer.bytes(data)),
  base64: ({ data }, _, { answer }) => Buffer.from(answer.bytes(data)).toString('base64'),
};

function textOf(bytes: Uint8Array): string | null {
  return isUtf8(bytes) ? UTF8.decode(bytes) : null;
}

export const Removal: RemovalResolvers = {
  reason: ({ reason }) => shownReason(reason),
  date: ({ at }) => Math.floor(at / 1_000),
  by: ({ by }) => shownHash(by),
};

/** A reason as the schema names it. */
export function shownReason<R extends Departure['reason'] | null>(reason: R): R extends string ? Uppercase<R> : null {
  return (reason?.toUpperCase() ?? null) as R extends string ? Uppercase<R> : null;
}

/** The transaction that caused a removal, from display-order hex. */
export function shownHash(txid: string | null): Uint8Array | null {
  return txid === null ? null : hashFromHex(txid);
}

/** The most members of a transaction (inputs, outputs), or of an output (pushes), in one list. */
export const MAX_ITEMS = 1_000;

/** A part of a list, selected by offset. */
interface OffsetPage {
  /** The maximum, if not given. */
  readonly first?: number | null | undefined;
  readonly offset: number;
}

/** Where such a part begins, and how many items it has. */
interface OffsetRange {
  readonly offset: number;
  readonly length: number;
}

/** The part of a list of `count` items that exists. @throws BAD_QUERY */
function stretchOf(count: number, { first, offset }: OffsetPage): OffsetRange {
  const most = first ?? MAX_ITEMS;
  if (most < 1 || most > MAX_ITEMS) {
    throw new BitqlError('BAD_QUERY', `\`first\` must be from 1 to ${MAX_ITEMS}, not ${most}.`);
  }
  if (offset < 0) throw new BitqlError('BAD_QUERY', `\`offset\` must be at least 0, not ${offset}.`);
  return { offset, length: Math.max(0, Math.min(most, count - offset)) };
}
