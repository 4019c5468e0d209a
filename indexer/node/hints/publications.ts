import type { Currency } from '../../../src/chain/networks.ts';
import { type AnswerFields, listOf } from '../../../src/rpc/answer-fields.ts';
import type { Rpc } from '../../../src/rpc/rpc.ts';

/** A topic that a node publishes, and where. */
export interface Publication {
  readonly topic: string;
  /** As the node was told to bind it: tcp://ADDRESS:PORT, or ipc://PATH. */
  readonly address: string;
}

/**
 * What the node publishes over ZMQ: by getzmqnotifications [{"type", "address"}] (BTC, BCH), or activezmqnotifications
 * [{"notification", "address"}] (Bitcoin SV). None where it was built without ZMQ, or does not let us ask.
 */
export async function publicationsOf(rpc: Rpc, currency: Currency): Promise<Publication[]> {
  const [method, field] =
    currency === 'BSV' ? ['activezmqnotifications', 'notification'] : ['getzmqnotifications', 'type'];
  const answer = await rpc.callIfAvailable(method!);
  return answer === undefined ? [] : listOf(answer, method!).map((one) => parsePublication(one, field!));
}

/** The topic is named after the option: -zmqpubhashblock publishes "hashblock", and is told as "pubhashblock". */
function parsePublication(answer: AnswerFields, field: string): Publication {
  return { topic: answer.text(field).replace(/^(zmq)?pub/, ''), address: answer.text('address') };
}
