import type { WatchedAddressEvent, WatchedBlockEvent, WatchedPush, WatchedTransactionEvent } from './events.ts';

/** An event in words. What strangers wrote is in it as it is. */
export interface Description {
  /** What happened, in a word or two. */
  readonly happening: string;
  /** Whether that is as one hopes, or is not. */
  readonly mood: 'pending' | 'good' | 'uncertain' | 'bad';
  /** The transaction or block that it happened to. */
  readonly subject: string;
  readonly details: readonly string[];
}

const HAPPENINGS: Readonly<Record<WatchedTransactionEvent['kind'], Pick<Description, 'happening' | 'mood'>>> = {
  ACCEPTED: { happening: 'accepted', mood: 'pending' },
  CONFIRMED: { happening: 'confirmed', mood: 'good' },
  REORGANISED: { happening: 'reorganised', mood: 'uncertain' },
  DOUBLE_SPENT: { happening: 'double spent', mood: 'bad' },
  REMOVED: { happening: 'removed', mood: 'bad' },
};

/** Why one was removed; who did it, if anybody, follows. */
const REMOVALS: Readonly<Record<string, string>> = {
  MINED: 'mined',
  REPLACED: 'replaced',
  CONFLICT: 'double spent in a block',
  EVICTED: 'the mempool was full',
  EXPIRED: 'it was in the mempool for too long',
  REORGANISED: 'its block left the chain',
  INVALID: 'the node found it invalid',
  UNKNOWN: 'the node gives no reason',
};

/** Of a longer text of a stranger, in characters. */
const MAX_SHOWN = 80;

export function describeTransaction(event: WatchedTransactionEvent): Description {
  return describe(event, [satoshis(event.transaction.outputValue)]);
}

/** @param isOneOfSeveral whether it needs to be told which of the addresses it is about */
export function describeAddress(event: WatchedAddressEvent, isOneOfSeveral: boolean): Description {
  const { addresses, received, spent } = event;
  return describe(event, [
    ...(received > 0 || spent === 0 ? [`received ${satoshis(received)}`] : []),
    ...(spent > 0 ? [`spent ${satoshis(spent)}`] : []),
    ...(isOneOfSeveral ? addresses : []),
  ]);
}

export function describeBlock({ kind, block }: WatchedBlockEvent): Description {
  const { height, hash, transactionCount, fees } = block;
  const transactions = `${transactionCount} ${transactionCount === 1 ? 'transaction' : 'transactions'}`;
  const details = [`height ${height}`, transactions, ...(fees === null ? [] : [`${satoshis(fees)} of fees`])];
  return kind === 'CONNECTED'
    ? { happening: 'connected', mood: 'good', subject: hash, details }
    : { happening: 'disconnected', mood: 'uncertain', subject: hash, details };
}

function describe(event: WatchedTransactionEvent, amounts: readonly string[]): Description {
  const { txid, feeRate, outputs } = event.transaction;
  const push = outputs.find(({ data }) => data !== null && data.pushes.length > 0)?.data?.pushes[0];
  return {
    ...HAPPENINGS[event.kind],
    subject: txid,
    details: [
      ...circumstances(event),
      ...amounts,
      ...(feeRate === null ? [] : [`${grouped(feeRate)} sat/vB`]),
      ...(push === undefined ? [] : [shown(push)]),
    ],
  };
}

function circumstances({ kind, reason, by, block }: WatchedTransactionEvent): string[] {
  switch (kind) {
    case 'ACCEPTED':
      return [];
    case 'CONFIRMED':
      return [`in block ${block?.height}`];
    case 'REORGANISED':
      return [`out of block ${block?.height}`];
    case 'DOUBLE_SPENT':
      return by === null ? [] : [`by ${by}`];
    case 'REMOVED':
      return [`${REMOVALS[reason ?? 'UNKNOWN'] ?? reason}${by === null ? '' : ` by ${by}`}`];
  }
}

function shown({ utf8, hex }: WatchedPush): string {
  if (utf8 === null) return `0x${hex.slice(0, MAX_SHOWN)}${hex.length > MAX_SHOWN ? '...' : ''}`;
  const characters = [...utf8.slice(0, 2 * MAX_SHOWN + 2)];
  const text = characters.slice(0, MAX_SHOWN).join('');
  return JSON.stringify(text) + (characters.length > MAX_SHOWN ? '...' : '');
}

function satoshis(amount: number): string {
  return `${grouped(amount)} sat`;
}

function grouped(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 2 });
}
