import { hashFromHex } from '../../chain/bytes.ts';
import type { Departure } from '../../store/records/departure.ts';
import type { RemovalResolvers } from '../resolver-types.ts';

export const Removal: RemovalResolvers = {
  reason: ({ reason }) => reason.toUpperCase() as Uppercase<Departure['reason']>,
  date: ({ at }) => Math.floor(at / 1_000),
  by: ({ by }) => (by === null ? null : hashFromHex(by)),
};
