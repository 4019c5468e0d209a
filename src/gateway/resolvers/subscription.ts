import { mapKey } from '../../chain/bytes.ts';
import { BitqlError } from '../../errors.ts';
import { encodeEventCursor } from '../../live/live-event.ts';
import { type AddressesTopic, addressesTopic, BLOCKS, type Topic, transactionsTopic } from '../../live/topic.ts';
import { givenScript, MAX_GIVEN } from '../../query/given-addresses.ts';
import { parsingPoints } from '../../query/given-values.ts';
import { parseFilter } from '../../query/parse-filter.ts';
import { completeFamilies } from '../../store/families.ts';
import type { PostingFamily } from '../../store/postings.ts';
import type { BlockNotice, SubscriptionEvent, TouchedAddresses, TransactionNotice } from './parents.ts';
import type {
  AddressEventResolvers,
  BlockEventKind,
  BlockEventResolvers,
  SubscriptionResolvers,
  TransactionEventKind,
  TransactionEventResolvers,
} from './resolver-types.ts';
import { shownHash, shownReason } from './transaction.ts';

/** The root value that each event of a subscription is executed with. */
export interface Notice {
  readonly event: SubscriptionEvent;
  readonly topic: Topic;
}

const NO_FAMILY: ReadonlySet<PostingFamily> = new Set();

export const Subscription: SubscriptionResolvers = {
  transactions: {
    subscribe: async (_, { filter, ...from }, context) => {
      const { network, snapshot, work } = await context.readers.openPresent();
      work.add(parsingPoints(filter));
      // Older events may lack the keys of postings that were added later.
      const families = from.after == null ? completeFamilies(snapshot.state) : NO_FAMILY;
      return context.subscribe(transactionsTopic(parseFilter(filter ?? {}, network), network, families), from);
    },
    resolve: ({ event }: Notice) => event as TransactionNotice,
  },
  blocks: {
    subscribe: (_, from, context) => context.subscribe(BLOCKS, from),
    resolve: ({ event }: Notice) => event as BlockNotice,
  },
  address: {
    subscribe: async (_, { addresses, ...from }, context) => {
      if (addresses.length === 0 || addresses.length > MAX_GIVEN) {
        throw new BitqlError(
          'BAD_QUERY',
          `\`addresses\` must have 1 to ${MAX_GIVEN} members, not ${addresses.length}.`,
        );
      }
      const { network, work } = await context.readers.openPresent();
      work.add(parsingPoints(addresses));
      const scripts = addresses.map((address, i) => [address, givenScript(addresses, i, network)] as const);
      return context.subscribe(addressesTopic(new Map(scripts)), from);
    },
    resolve: ({ event, topic }: Notice) => {
      const notice = event as TransactionNotice;
      return { event: notice, touched: touchedBy(notice, (topic as AddressesTopic).addresses) };
    },
  },
};

const TRANSACTION_KINDS: Readonly<Record<TransactionNotice['kind'], TransactionEventKind>> = {
  accepted: 'ACCEPTED',
  confirmed: 'CONFIRMED',
  reorganised: 'REORGANISED',
  doubleSpent: 'DOUBLE_SPENT',
  removed: 'REMOVED',
  heartbeat: 'HEARTBEAT',
};

const BLOCK_KINDS: Readonly<Record<BlockNotice['kind'], BlockEventKind>> = {
  connected: 'CONNECTED',
  disconnected: 'DISCONNECTED',
  heartbeat: 'HEARTBEAT',
};

export const TransactionEvent: TransactionEventResolvers = {
  cursor: ({ place }) => encodeEventCursor(place),
  kind: ({ kind }) => TRANSACTION_KINDS[kind],
  reason: ({ reason }) => shownReason(reason),
  by: ({ by }) => shownHash(by),
};

export const AddressEvent: AddressEventResolvers = {
  cursor: ({ event: { place } }) => encodeEventCursor(place),
  kind: ({ event: { kind } }) => TRANSACTION_KINDS[kind],
  addresses: ({ touched }, _, context, info) => context.list<string>(touched.addresses, info),
  received: ({ touched }) => touched.received,
  spent: ({ touched }) => touched.spent,
  transaction: ({ event: { transaction } }) => transaction,
  block: ({ event: { block } }) => block,
  reason: ({ event: { reason } }) => shownReason(reason),
  by: ({ event: { by } }) => shownHash(by),
};

export const BlockEvent: BlockEventResolvers = {
  cursor: ({ place }) => encodeEventCursor(place),
  kind: ({ kind }) => BLOCK_KINDS[kind],
};

/** @param addresses by locking script, as `mapKey` encodes it */
function touchedBy({ transaction: view }: TransactionNotice, addresses: ReadonlyMap<string, string>): TouchedAddresses {
  if (view === null) return { addresses: [], received: 0, spent: 0 };
  const touched = new Set<string>();
  const sumOf = (outputs: readonly ({ readonly lockingScript: Uint8Array; readonly value: number } | null)[]) => {
    let sum = 0;
    for (const output of outputs) {
      const address = output === null ? undefined : addresses.get(mapKey(output.lockingScript));
      if (address === undefined) continue;
      touched.add(address);
      sum += output!.value;
    }
    return sum;
  };
  const received = sumOf(view.transaction.outputs);
  const spent = sumOf(view.spent);
  return { addresses: [...touched], received, spent };
}
