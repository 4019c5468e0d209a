import { type AnswerFields, listOf } from '../../../src/rpc/answer-fields.ts';
import { type Rpc, rpcCode } from '../../../src/rpc/rpc.ts';

/** JSON-RPC's "Method not found". */
const METHOD_NOT_FOUND = -32601;

/** A topic that a node publishes, and where. */
export interface Publication {
  readonly topic: string;
  /** As the node was told to bind it: tcp://ADDRESS:PORT, or ipc://PATH. */
  readonly address: string;
}

/**
 * What the node publishes over ZMQ: by getzmqnotifications [{"type", "address"}] (BTC, BCH), or activezmqnotifications
 * [{"notification", "address"}] (Bitcoin SV). None where it knows neither, as a node that was built without ZMQ.
 */
export async function publicationsOf(rpc: Rpc): Promise<Publication[]> {
  for (const [method, field] of [
    ['getzmqnotifications', 'type'],
    ['activezmqnotifications', 'notification'],
  ] as const) {
    try {
      return listOf(await rpc.call(method), method).map((one) => parsePublication(one, field));
    } catch (error) {
      if (rpcCode(error) !== METHOD_NOT_FOUND) throw error;
    }
  }
  return [];
}

/** The topic is named after the option: -zmqpubhashblock publishes "hashblock", and is told as "pubhashblock". */
function parsePublication(answer: AnswerFields, field: string): Publication {
  return { topic: answer.text(field).replace(/^(zmq)?pub/, ''), address: answer.text('address') };
}
