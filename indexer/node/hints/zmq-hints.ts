import type { Currency, Network } from '../../../src/chain/networks.ts';
import { BitqlError } from '../../../src/errors.ts';
import type { Rpc } from '../../../src/rpc/rpc.ts';
import { beginPause } from '../../../src/waiting.ts';
import { type Hint, type Hints, PendingHints } from './hint.ts';
import { givenSubscriptions, offeredSubscriptions, publicationsOf, type Subscriptions } from './publications.ts';
import { BCHN, CORE, SV, type ZmqDialect } from './zmq-dialects.ts';
import { ZmqSubscription } from './zmq-subscription.ts';

const DIALECTS: Readonly<Record<Currency, ZmqDialect>> = { BTC: CORE, BCH: BCHN, BSV: SV };

export interface ZmqOptions {
  readonly rpc: Rpc;
  /** The host of the RPC address. */
  readonly rpcHost: string;
  readonly network: Network;
  /** Where the node publishes, such as tcp://127.0.0.1:28332; null to ask the node. */
  readonly addresses: readonly string[] | null;
}

/**
 * Hints over ZMQ; null if the node publishes nothing. Connections are made in the background; each begins with 'lost'.
 * @throws BAD_SETTING for an invalid address; the errors of the RPC call
 */
export async function openZmqHints({ rpc, rpcHost, network, addresses }: ZmqOptions): Promise<Hints | null> {
  const dialect = DIALECTS[network.currency];
  const subscriptions =
    addresses === null
      ? offeredSubscriptions(await publicationsOf(rpc, network.currency), dialect, rpcHost)
      : givenSubscriptions(addresses, dialect);
  return subscriptions.size === 0 ? null : new ZmqHints(subscriptions, dialect, network);
}

class ZmqHints implements Hints {
  readonly #pending = new PendingHints();
  readonly #subscriptions: ZmqSubscription[] = [];
  #isClosed = false;
  /** Wakes up `next`. */
  #wake: () => void = () => {};

  constructor(subscriptions: Subscriptions, dialect: ZmqDialect, network: Network) {
    for (const [address, topics] of subscriptions) this.#subscribe(address, topics, dialect, network);
  }

  async next(timeoutMs: number, signal: AbortSignal): Promise<readonly Hint[]> {
    if (this.#pending.isEmpty && !this.#isClosed && !signal.aborted) await this.#wait(timeoutMs, signal);
    return this.#isClosed ? [] : this.#pending.take();
  }

  close(): void {
    this.#isClosed = true;
    for (const subscription of this.#subscriptions) subscription.close();
    this.#wake();
  }

  #subscribe(address: string, topics: readonly string[], dialect: ZmqDialect, network: Network): void {
    try {
      const deliver = (hint: Hint) => this.#add(hint);
      this.#subscriptions.push(new ZmqSubscription({ address, topics, dialect, network, deliver }));
    } catch (error) {
      this.close();
      throw new BitqlError(
        'BAD_SETTING',
        `No ZMQ messages can be received at ${address}: give the address with --zmq.`,
        error,
      );
    }
  }

  #add(hint: Hint): void {
    this.#pending.add(hint);
    this.#wake();
  }

  async #wait(timeoutMs: number, signal: AbortSignal): Promise<void> {
    const { over, end } = beginPause(timeoutMs, signal);
    this.#wake = end;
    await over;
    this.#wake = () => {};
  }
}
