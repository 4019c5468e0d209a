import { AddressError, lockingScriptOf } from '../../chain/address.ts';
import { mapKey } from '../../chain/bytes.ts';
import type { Network } from '../../chain/networks.ts';
import { BitqlError } from '../../errors.ts';
import type { BlockHappening, LiveEvent, TransactionHappening } from '../../live/live-event.ts';
import { encodeEventCursor } from '../../live/live-place.ts';
import { type AddressesTopic, addressesTopic, BLOCKS, type Topic, transactionsTopic } from '../../live/topic.ts';
import { parseFilter } from '../../query/filter-input.ts';
import type { TouchedAddresses } from '../parents.ts';
import type {
  AddressEventResolvers,
  BlockEventResolvers,
  SubscriptionResolvers,
  TransactionEventKind,
  TransactionEventResolvers,
} from '../resolver-types.ts';
import { shownHash, shownReason } from './removal.ts';

/** What a subscription is executed with, event by event. */
export interface Notice {
  readonly event: LiveEvent;
  readonly topic: Topic;
}

const MAX_ADDRESSES = 1_000;

export const Subscription: SubscriptionResolvers = {
  transactions: {
    subscribe: async (_, { filter, after }, context) => {
      const { network } = await context.openReader();
      return context.subscribe(transactionsTopic(parseFilter(filter ?? {}, network)), after);
    },
    resolve: ({ event }: Notice) => event as TransactionHappening,
  },
  blocks: {
    subscribe: (_, { after }, context) => context.subscribe(BLOCKS, after),
    resolve: ({ event }: Notice) => event as BlockHappening,
  },
  address: {
    subscribe: async (_, { addresses, after }, context) => {
      if (addresses.length === 0 || addresses.length > MAX_ADDRESSES) {
        throw new BitqlError(
          'BAD_QUERY',
          `\`addresses\` holds 1 to ${MAX_ADDRESSES} members, not ${addresses.length}.`,
        );
      }
      const { network } = await context.openReader();
      const scripts = addresses.map((address, i) => [address, scriptOf(address, i, network)] as const);
      return context.subscribe(addressesTopic(new Map(scripts)), after);
    },
    resolve: ({ event, topic }: Notice) => {
      const happening = event as TransactionHappening;
      return { event: happening, touched: touchedBy(happening, (topic as AddressesTopic).addresses) };
    },
  },
};

/** @throws BAD_ADDRESS with its place in the list, since the message repeats little of it */
function scriptOf(address: string, index: number, network: Network): Uint8Array {
  try {
    return lockingScriptOf(address, network);
  } catch (error) {
    if (!(error instanceof AddressError)) throw error;
    throw new AddressError(`Number ${index + 1} of \`addresses\`: ${error.message}`);
  }
}

const KINDS: Readonly<Record<TransactionHappening['kind'], TransactionEventKind>> = {
  accepted: 'ACCEPTED',
  confirmed: 'CONFIRMED',
  reorganised: 'REORGANISED',
  doubleSpent: 'DOUBLE_SPENT',
  removed: 'REMOVED',
};

export const TransactionEvent: TransactionEventResolvers = {
  cursor: ({ place }) => encodeEventCursor(place),
  kind: ({ kind }) => KINDS[kind],
  reason: ({ reason }) => shownReason(reason),
  by: ({ by }) => shownHash(by),
};

export const AddressEvent: AddressEventResolvers = {
  cursor: ({ event: { place } }) => encodeEventCursor(place),
  kind: ({ event: { kind } }) => KINDS[kind],
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
  kind: ({ kind }) => (kind === 'connected' ? 'CONNECTED' : 'DISCONNECTED'),
};

/** @param addresses by their locking scripts, as `mapKey` has them */
function touchedBy(
  { transaction: view }: TransactionHappening,
  addresses: ReadonlyMap<string, string>,
): TouchedAddresses {
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
