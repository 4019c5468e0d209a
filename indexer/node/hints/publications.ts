import type { Currency } from '../../../src/chain/networks.ts';
import { type AnswerFields, listOf } from '../../../src/rpc/answer-fields.ts';
import type { Rpc } from '../../../src/rpc/rpc.ts';
import type { ZmqDialect } from './zmq-dialects.ts';

/** A topic that a node publishes, and its address. */
export interface Publication {
  readonly topic: string;
  /** As the node's configuration binds it: tcp://ADDRESS:PORT, or ipc://PATH. */
  readonly address: string;
}

/**
 * What the node publishes over ZMQ, by getzmqnotifications [{"type", "address"}] (BTC, BCH), or activezmqnotifications
 * [{"notification", "address"}] (Bitcoin SV). Empty if the node was built without ZMQ, or does not allow the call.
 */
export async function publicationsOf(rpc: Rpc, currency: Currency): Promise<Publication[]> {
  const [method, field] =
    currency === 'BSV' ? ['activezmqnotifications', 'notification'] : ['getzmqnotifications', 'type'];
  const answer = await rpc.callIfAvailable(method!);
  return answer === undefined ? [] : listOf(answer, method!).map((one) => parsePublication(one, field!));
}

/**
 * The topic is named after the option: -zmqpubhashblock publishes "hashblock", and the RPC lists it as "pubhashblock".
 */
function parsePublication(answer: AnswerFields, field: string): Publication {
  return { topic: answer.text(field).replace(/^(zmq)?pub/, ''), address: answer.text('address') };
}

/** Topics to subscribe to, by address. */
export type Subscriptions = ReadonlyMap<string, readonly string[]>;

/**
 * The subscriptions that the dialect wants, among those that the node publishes.
 * @param rpcHost the node's host, taken from its RPC address
 */
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

/** All topics of the dialect at each address, because it is not known which address publishes which topic. */
export function givenSubscriptions(addresses: readonly string[], { topics }: ZmqDialect): Subscriptions {
  const all = [...new Set(topics.flat())];
  return new Map(addresses.map((address) => [address, all]));
}

const ANYWHERE = new Set(['0.0.0.0', '*', '[::]']);

/**
 * The address by which it can be reached from here. Wildcard addresses are replaced by the RPC host, and so is the
 * loopback address of another machine.
 */
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
