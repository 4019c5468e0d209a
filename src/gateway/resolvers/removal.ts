import { hashFromHex } from '../../chain/bytes.ts';
import type { Departure } from '../../store/records/departure.ts';
import type { RemovalResolvers } from './resolver-types.ts';

export const Removal: RemovalResolvers = {
  reason: ({ reason }) => shownReason(reason),
  date: ({ at }) => Math.floor(at / 1_000),
  by: ({ by }) => shownHash(by),
};

/** A reason as the schema names it. */
export function shownReason<R extends Departure['reason'] | null>(reason: R): R extends string ? Uppercase<R> : null {
  return (reason?.toUpperCase() ?? null) as R extends string ? Uppercase<R> : null;
}

/** The transaction that is to blame, from display-order hex. */
export function shownHash(txid: string | null): Uint8Array | null {
  return txid === null ? null : hashFromHex(txid);
}
