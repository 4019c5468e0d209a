/** `bitql/dev`: a local chain to develop and to test against. */

export type { Mined, Reorganised } from './actions/blocks.ts';
export type { DoubleSpent, Replaced } from './actions/conflict.ts';
export type { Evicted } from './actions/evict.ts';
export type { DataSent, Payment, Sent } from './actions/payments.ts';
export { DevChain } from './dev-chain.ts';
export { type Dev, type DevOptions, startDev } from './start-dev.ts';
