import { type Line, styled } from '../terminal.ts';

/** An event in words. It contains texts of strangers unchanged. */
export interface Description {
  /** What happened, in one word or two. */
  readonly happening: string;
  /** Whether it is good news; it selects the colour. */
  readonly mood: 'pending' | 'good' | 'uncertain' | 'bad';
  /** The txid or block hash. */
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

/** Why a transaction was removed. The transaction that caused it, if any, follows. */
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

/** The longest shown part of a push, in characters. */
const MAX_SHOWN = 80;
/** The most pushes that are shown. */
const MAX_PUSHES = 5;

export function describeTransaction(event: WatchedTransactionEvent): Description {
  return describe(event, [satoshis(event.transaction.outputValue)]);
}

/** @param isOneOfSeveral whether several addresses are watched, so that the description must name them */
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
  const pushes = outputs.find(({ data }) => data !== null && data.pushes.length > 0)?.data?.pushes ?? [];
  return {
    ...HAPPENINGS[event.kind],
    subject: txid,
    details: [
      ...circumstances(event),
      ...amounts,
      ...(feeRate === null ? [] : [`${grouped(feeRate)} sat/vB`]),
      ...(pushes.length === 0 ? [] : [allShown(pushes)]),
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

/** The pushes of one data output, as the words of a command line are written. */
function allShown(pushes: readonly WatchedPush[]): string {
  const more = pushes.length > MAX_PUSHES ? ['...'] : [];
  return [...pushes.slice(0, MAX_PUSHES).map(shown), ...more].join(' ');
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

/* Events in the form that the subscriptions of `subject.ts` select, with the names of the schema. */

export interface WatchedTransactionEvent {
  readonly kind: 'ACCEPTED' | 'CONFIRMED' | 'REORGANISED' | 'DOUBLE_SPENT' | 'REMOVED';
  readonly reason: string | null;
  readonly by: string | null;
  readonly block: { readonly height: number } | null;
  readonly transaction: {
    readonly txid: string;
    /** In satoshis per virtual byte; null if a spent output is not known. */
    readonly feeRate: number | null;
    /** In satoshis. */
    readonly outputValue: number;
    readonly outputs: readonly { readonly data: { readonly pushes: readonly WatchedPush[] } | null }[];
  };
}

export interface WatchedPush {
  /** Null if it is not UTF-8. */
  readonly utf8: string | null;
  readonly hex: string;
}

/** Amounts are satoshis. */
export interface WatchedAddressEvent extends WatchedTransactionEvent {
  /** The watched addresses that the event is about. */
  readonly addresses: readonly string[];
  readonly received: number;
  readonly spent: number;
}

export interface WatchedBlockEvent {
  readonly kind: 'CONNECTED' | 'DISCONNECTED';
  readonly block: {
    readonly height: number;
    readonly hash: string;
    readonly transactionCount: number;
    /** In satoshis; null if an output that the block spends is not known. */
    readonly fees: number | null;
  };
}

const COLOURS = { pending: 'cyan', good: 'green', uncertain: 'yellow', bad: 'red' } as const;
const HAPPENING_WIDTH = 'disconnected'.length;

/** An event as a line for people: the time of printing, what happened, and to what. */
export function eventLine({ happening, mood, subject, details }: Description, now: Date): Line {
  const time = styled('dim', now.toISOString().slice(11, 19));
  const what = styled(COLOURS[mood], happening.padEnd(HAPPENING_WIDTH));
  return [time, ' ', what, ` ${subject} ${details.join(', ')}`.trimEnd()];
}
