import { JsonRpcError } from '../../src/rpc/json-rpc.ts';
import { type Answer, FakeNode } from './fake-node.ts';
import { ZmqPublisher } from './zmq-publisher.ts';

/** The results of methods, by name: a value, or a function of the call's parameters that returns it or throws a JsonRpcError. */
export type Results = Readonly<Record<string, unknown>>;

/**
 * A node with scripted answers, over RPC and ZMQ, for dialects whose nodes cannot run here. It does not prove what those
 * nodes do, only how BitQL handles it.
 */
export class ScriptedNode implements AsyncDisposable {
  readonly publisher: ZmqPublisher;
  readonly #rpc: FakeNode;
  readonly #results: Map<string, unknown>;

  protected constructor(publisher: ZmqPublisher, rpc: FakeNode, results: Map<string, unknown>) {
    this.publisher = publisher;
    this.#rpc = rpc;
    this.#results = results;
  }

  protected static async parts(describe: (publisher: ZmqPublisher) => Results) {
    const publisher = await ZmqPublisher.open();
    const results = new Map(Object.entries(describe(publisher)));
    const rpc = await FakeNode.alone(({ method, params }) => answerOf(results, method, params));
    return { publisher, rpc, results };
  }

  /** URL of its RPC, with a login. */
  get url(): string {
    return this.#rpc.url;
  }

  /** Sets the results of methods from now on. */
  answer(results: Results): void {
    for (const [method, result] of Object.entries(results)) this.#results.set(method, result);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.publisher.close();
    await this.#rpc[Symbol.asyncDispose]();
  }
}

function answerOf(
  results: ReadonlyMap<string, unknown>,
  method: string | undefined,
  params: readonly unknown[] = [],
): Answer {
  if (method === undefined) return { status: 404, body: '' };
  if (!results.has(method)) return { error: { code: -32601, message: 'Method not found' } };
  const result = results.get(method);
  try {
    return { result: typeof result === 'function' ? result(...params) : result };
  } catch (error) {
    if (error instanceof JsonRpcError) return { error };
    throw error;
  }
}

/** The result of getblockchaininfo on an empty regtest. */
export const EMPTY_REGTEST = {
  chain: 'regtest',
  blocks: 0,
  headers: 0,
  bestblockhash: '0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206',
  pruned: false,
};
