import type { RegtestNode } from '../../dev/regtest.ts';
import { Sandbox, type SandboxProcess } from '../../dev/sandbox.ts';
import { until } from '../../dev/until.ts';
import { decodeState } from '../../src/store/state.ts';
import type { ReadStore } from '../../src/store/store.ts';
import { BITQL, cleanEnvironment } from '../../test/cli/support.ts';
import type { Home } from '../../test/support/indexer-process.ts';
import { processorMsOf, running, untilServing } from '../processes.ts';

/** A gateway in a process of its own. */
export interface Served {
  /** Of the endpoint. */
  readonly url: string;
  /** Its processor time, in milliseconds. */
  processorMs(): number;
  stop(): Promise<void>;
}

/** An index that follows a node, and gateways that serve it: each a process, with the settings that users get. */
export class Site implements AsyncDisposable {
  readonly #sandbox = new Sandbox('bench-live');
  readonly #store: string;
  #gateways = 0;

  private constructor(store: string) {
    this.#store = store;
  }

  /** Ready when it has indexed the node's whole chain. */
  static async open(home: Home, node: RegtestNode): Promise<Site> {
    const site = new Site(home.location);
    try {
      const indexer = site.#start('indexer', ['index', '--node', node.urlWithPassword]);
      const store = await home.open();
      await until('the index to be at the tip', () => running(indexer) && isAtTip(store, node));
      await store.close();
      return site;
    } catch (error) {
      await site[Symbol.asyncDispose]();
      throw error;
    }
  }

  async serve(): Promise<Served> {
    const gateway = this.#start(`gateway-${this.#gateways++}`, ['serve', '--port', '0', '--tiers', 'none']);
    const url = await untilServing(gateway);
    const stop = async () => {
      gateway.kill('SIGKILL');
      await gateway.ended;
    };
    return { url, processorMs: () => processorMsOf(gateway), stop };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#sandbox.close();
  }

  #start(name: string, args: readonly string[]): SandboxProcess {
    return this.#sandbox.start(name, process.execPath, [BITQL, ...args, '--store', this.#store], cleanEnvironment());
  }
}

async function isAtTip(store: ReadStore, node: RegtestNode): Promise<boolean> {
  const record = await store.readState();
  if (record === null) return false;
  const { tip, logStart, mempool } = decodeState(record.value);
  return logStart !== null && mempool !== null && tip?.hash === (await node.rpc('getbestblockhash'));
}
