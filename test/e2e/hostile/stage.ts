import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../../dev/free-port.ts';
import { Sandbox } from '../../../dev/sandbox.ts';
import { until } from '../../../dev/until.ts';
import { createKey } from '../../../src/access/keys.ts';
import { openAccess } from '../../../src/access/open.ts';
import { addressOf } from '../../../src/chain/address.ts';
import { networkById } from '../../../src/chain/networks.ts';
import { parseStoreLocation } from '../../../src/store/location.ts';
import { GatewayProcess } from '../../support/gateway-process.ts';
import type { Home } from '../../support/indexer-process.ts';
import { WORDS } from '../../support/made-chain.ts';
import type { MemoryLimit } from '../../support/memory-limit.ts';
import { type MadeTransaction, MovingChain } from '../../support/moving-chain.ts';
import { dataScript, type MadeOutput, p2pkhScript } from '../../support/synthetic-chain.ts';
import { craftedOutputs } from './crafted.ts';
import type { Question } from './honest.ts';

/** The lock that half of the transactions pay. */
export const ADDRESS = addressOf(p2pkhScript(1), networkById('btc-regtest'))!;

/** Enough data for an answer with 8 MiB of bytes, which are twice as much as text. */
const LARGE_TRANSACTIONS = 100;
const LARGE_BYTES = 40_000;
const BLOCKS = 30;
const TRANSACTIONS_OF_BLOCK = 40;

/** A real, changing chain, a gateway process with its usual limits, and a caller with a key. */
export class Stage {
  readonly gateway: GatewayProcess;
  readonly chain: MovingChain;
  /** A key of the tier "standard". */
  readonly key: string;
  readonly sandbox: Sandbox;
  readonly home: Home;
  readonly #metrics: string;
  #made = 0;

  private constructor(
    parts: Pick<Stage, 'gateway' | 'chain' | 'key'>,
    others: { sandbox: Sandbox; home: Home; metrics: string },
  ) {
    this.gateway = parts.gateway;
    this.chain = parts.chain;
    this.key = parts.key;
    this.sandbox = others.sandbox;
    this.home = others.home;
    this.#metrics = others.metrics;
  }

  /** @param memory the limit of the gateway's memory [none] */
  static async open(home: Home, memory: MemoryLimit | null = null): Promise<Stage> {
    const sandbox = new Sandbox('hostile');
    const chain = await MovingChain.create([{ value: 5_000, script: p2pkhScript(1) }], await home.open());
    const metrics = `127.0.0.1:${await freePort()}`;
    const tiers = join(sandbox.folder, 'tiers.json');
    writeFileSync(tiers, '{}');
    const args = ['--tiers', tiers, '--trusted-proxies', '127.0.0.1', '--metrics', metrics, '--log-format', 'json'];
    const { text, key } = createKey('honest', 'standard', Date.now());
    const access = openAccess(parseStoreLocation(home.location)!);
    await access.addKey(key);
    await access.close();
    const gateway = await GatewayProcess.with(sandbox, home, { args, memory });
    const stage = new Stage({ gateway, chain, key: text }, { sandbox, home, metrics });
    await stage.#fill();
    return stage;
  }

  async close(): Promise<void> {
    await this.chain.close();
    await this.sandbox.close();
    await this.home[Symbol.asyncDispose]();
  }

  /** Changes the chain at intervals, until the signal. */
  async move(signal: AbortSignal): Promise<void> {
    for (let n = 1; !signal.aborted; n++) {
      await this.chain.commit({ arrive: [this.say(`event ${n}`)] });
      if (n % 20 === 0) await this.chain.commit({ connect: [this.chain.now.pending] });
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** A transaction with a payment and data. */
  say(word: string, size = 0): MadeTransaction {
    const n = this.#made++;
    const data = dataScript([new TextEncoder().encode(word), ...(size > 0 ? [new Uint8Array(size)] : [])]);
    return this.chain.make(
      [{ txid: new Uint8Array(32).fill(7), index: n }],
      [
        { value: n, script: p2pkhScript(n % 2) },
        { value: 0, script: data },
      ],
    );
  }

  /** Queries that must be answered at any time, about blocks that no longer change. */
  async questions(): Promise<Question[]> {
    const txid = Buffer.from(this.chain.now.blocks[20]!.transactions[3]!.transaction.txid).reverse().toString('hex');
    const page = 'nodes { txid fee outputs { value address data { pushes { utf8 } } } } pageInfo { hasNextPage }';
    const asked: Omit<Question, 'data'>[] = [
      { query: '{ block(height: 5) { hash transactionCount next { hash } } }', variables: {} },
      { query: 'query ($t: Hash!) { transaction(txid: $t) { txid hex block { height } } }', variables: { t: txid } },
      {
        query: `query ($f: TransactionFilter) { transactions(filter: $f, first: 20) { ${page} } }`,
        variables: { f: { block: { to: 20 }, data: [{ pushes: [{ equals: { utf8: 'abcd' } }] }] } },
      },
      {
        query: `query ($a: String!) { address(address: $a) { transactions(first: 20, order: OLDEST_FIRST) { ${page} } } }`,
        variables: { a: ADDRESS },
      },
    ];
    return Promise.all(asked.map(async (question) => ({ ...question, data: await this.#answer(question) })));
  }

  /** The memory of the process, in MiB, as the kernel counts it. */
  memoryMiB(): number {
    const status = readFileSync(`/proc/${this.gateway.pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)![1]) / 1024;
  }

  /** The memory of its objects and of their external memory, in MiB. */
  async heapMiB(): Promise<number> {
    const bytes = await Promise.all(
      ['nodejs_heap_size_used_bytes ', 'nodejs_external_memory_bytes '].map((name) => this.metric(name)),
    );
    return Math.round(bytes.reduce((sum, one) => sum + one, 0) / 2 ** 20);
  }

  /** The open descriptors of the gateway: connections, listeners and files. */
  sockets(): number {
    const folder = `/proc/${this.gateway.pid}/fd`;
    return readdirSync(folder).filter((name) => linkOf(join(folder, name)).startsWith('socket:')).length;
  }

  /** The sum of a metric's values; only of those with a label if one is given. */
  async metric(name: string, label = ''): Promise<number> {
    const text = await (await fetch(`http://${this.#metrics}/metrics`)).text();
    const lines = text.split('\n').filter((line) => line.startsWith(name) && line.includes(label));
    return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  }

  /** The lines of its log about failures. */
  errors(): string[] {
    const lines = new Set(this.gateway.log().split('\n').slice(0, -1).map(withoutIds));
    return [...lines].filter(
      (line) => !line.startsWith('{') || JSON.parse(line).level === 'error' || JSON.parse(line).level >= 50,
    );
  }

  async #fill(): Promise<void> {
    const large = Array.from({ length: LARGE_TRANSACTIONS }, () => this.say('large', LARGE_BYTES));
    await this.chain.commit({
      connect: [large.slice(0, 50), large.slice(50), craftedOutputs().map((made) => this.#crafted(made))],
    });
    for (let i = 0; i < BLOCKS; i++) {
      const words = Array.from({ length: TRANSACTIONS_OF_BLOCK }, (_, j) => WORDS[(i * 7 + j) % WORDS.length]!);
      await this.chain.commit({ connect: [words.map((word) => this.say(word))] });
    }
    await until('the gateway to show the chain', async () => {
      const data = await this.#answer({ query: '{ chain { tip { height } } }', variables: {} });
      return (data as { chain: { tip: { height: number } } }).chain.tip.height === this.chain.tip.height;
    });
  }

  #crafted(outputs: readonly MadeOutput[]): MadeTransaction {
    return this.chain.make([{ txid: new Uint8Array(32).fill(7), index: this.#made++ }], outputs);
  }

  async #answer(request: Omit<Question, 'data'>): Promise<unknown> {
    const response = await fetch(`${this.gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${this.key}` },
      body: JSON.stringify(request),
    });
    const { data, errors } = (await response.json()) as { data: unknown; errors?: unknown };
    if (errors !== undefined) throw new Error(JSON.stringify(errors));
    return data;
  }
}

/** A line of the log without the parts that differ in each. */
function withoutIds(line: string): string {
  return line.replace(/"time":\d+,|"requestId":"[^"]*",/g, '');
}

/** The target of a descriptor, which may be closed meanwhile. */
function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
