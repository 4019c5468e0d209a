import type { Publication } from './publications.ts';
import type { ZmqDialect } from './zmq-dialect.ts';

/** What to subscribe to: topics by the address to connect to. */
export type Subscriptions = ReadonlyMap<string, readonly string[]>;

/** Of what the node publishes, what the dialect wants. @param rpcHost where the node is: the host of its RPC address */
export function offeredSubscriptions(
  publications: readonly Publication[],
  { topics }: ZmqDialect,
  rpcHost: string,
): Subscriptions {
  const subscriptions = new Map<string, Set<string>>();
  for (const alternatives of topics) {
    const offers = alternatives.flatMap(
      (topic) => publications.find((publication) => publication.topic === topic) ?? [],
    );
    if (offers[0] === undefined) continue;
    const { topic, address } = offers[0];
    const reachable = reachableAddress(address, rpcHost);
    subscriptions.set(reachable, (subscriptions.get(reachable) ?? new Set()).add(topic));
  }
  return new Map(Array.from(subscriptions, ([address, wanted]) => [address, [...wanted]]));
}

/** Everything that the dialect knows, at each of the addresses: which has what is not known. */
export function givenSubscriptions(addresses: readonly string[], { topics }: ZmqDialect): Subscriptions {
  const all = [...new Set(topics.flat())];
  return new Map(addresses.map((address) => [address, all]));
}

const ANYWHERE = new Set(['0.0.0.0', '*', '[::]']);

/** The address as it is reached from here: what a node binds on all its addresses, or on its own machine's loopback. */
export function reachableAddress(address: string, rpcHost: string): string {
  if (address.startsWith('unix:')) return `ipc://${address.slice('unix:'.length)}`;
  const [, bound, port] = /^tcp:\/\/(.+):(\d+)$/.exec(address) ?? [];
  if (bound === undefined || port === undefined) return address;
  const isElsewhere = ANYWHERE.has(bound) || (isLoopback(bound) && !isLoopback(rpcHost));
  return isElsewhere ? `tcp://${rpcHost === 'localhost' ? '127.0.0.1' : rpcHost}:${port}` : address;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host);
}
