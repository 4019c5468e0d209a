/** `bitql/dev`: a local chain to develop and to test against. */

export type { DataSent } from './actions/data.ts';
export type { DoubleSpent } from './actions/double-spend.ts';
export type { Evicted } from './actions/evict.ts';
export type { Mined } from './actions/mine.ts';
export type { Reorganised } from './actions/reorganise.ts';
export type { Replaced } from './actions/replace.ts';
export type { Payment, Sent } from './actions/send.ts';
export { DevChain } from './dev-chain.ts';
export { type Dev, type DevOptions, startDev } from './start-dev.ts';
