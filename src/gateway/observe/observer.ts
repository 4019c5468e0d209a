import type { Transport } from './request-scope.ts';

/** What a gateway lets be noticed of its work while it does it. */
export interface GatewayObserver {
  answered(answer: Answered): void;
  storeCalled(call: StoreCall, seconds: number, isAnswered: boolean): void;
}

/** A request that has been answered; of a subscription, one that has been opened, or refused. */
export interface Answered {
  readonly transport: Transport;
  /** OK, or the code of the first error. */
  readonly outcome: string;
  /** As the client named it; null for none, and for what is no operation. */
  readonly operation: string | null;
  /** Null where that was not measured: it was refused at once. */
  readonly seconds: number | null;
  /** What it cost the caller; null where it was not priced. */
  readonly cost: number | null;
}

export const STORE_CALLS = ['read', 'readState'] as const;
export type StoreCall = (typeof STORE_CALLS)[number];

/** Nobody looks. */
export const NO_GATEWAY_OBSERVER: GatewayObserver = { answered() {}, storeCalled() {} };
