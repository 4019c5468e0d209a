import { writeFileSync } from 'node:fs';
import type { Sandbox } from '../../dev/sandbox.ts';
import { until } from '../../dev/until.ts';
import { BITQL, cleanEnvironment } from '../../test/cli/support.ts';
import { processorMsOf, running } from '../processes.ts';
import { type Questions, SIZES, type Size } from './questions.ts';
import type { Rival } from './rivals.ts';

/** The servers whose speed is measured. */
export type Server = 'bitql' | Rival;

/** A server in a process of its own. */
export interface Serving {
  /** The URL at which it answers questions of a size. */
  readonly urls: Readonly<Record<Size, string>>;
  /** The processor time that it has used, in milliseconds. */
  processorMs(): number;
}

const RIVALS = new URL('./rivals.ts', import.meta.url).pathname;
/** The memory settings of `bitql serve`, so that all servers are compared with the same. */
const FLAGS = ['--max-semi-space-size=32', '--disable-warning=ExperimentalWarning'];
const ENVIRONMENT = { MALLOC_MMAP_THRESHOLD_: String(256 * 1024) };

const UNLIMITED = 1e15;

/** The servers, each a process of its own, on the same store. */
export class Servers {
  readonly #sandbox: Sandbox;
  readonly #store: string;

  constructor(sandbox: Sandbox, store: string) {
    this.#sandbox = sandbox;
    this.#store = store;
  }

  /** All of them, after a check that they give the same answers. */
  async start(questions: Questions): Promise<Readonly<Record<Server, Serving>>> {
    const bitql = await this.#gateway();
    const [apollo, mercurius] = await Promise.all([
      this.#rival('apollo', this.#store),
      this.#rival('mercurius', this.#store),
    ]);
    const urls = [bitql, apollo, mercurius].map((server) => server.urls.small);
    const answers = await Promise.all(SIZES.map(async (size) => [size, await sameAnswer(questions[size], urls)]));
    const { urls: roots, processorMs } = await this.#rival('ceiling', JSON.stringify(Object.fromEntries(answers)));
    const ceiling = { urls: { small: `${roots.small}small`, large: `${roots.large}large` }, processorMs };
    return { bitql, apollo, mercurius, ceiling };
  }

  /** With all features on, and a limit that no caller can reach. */
  #gateway(): Promise<Serving> {
    const tiers = `${this.#sandbox.folder}/tiers.json`;
    writeFileSync(tiers, JSON.stringify({ anonymous: { costPerMinute: UNLIMITED, burst: UNLIMITED } }));
    return this.#run('bitql', [BITQL, 'serve', '--port', '0', '--store', this.#store, '--tiers', tiers]);
  }

  #rival(name: Rival, argument: string): Promise<Serving> {
    return this.#run(name, [...FLAGS, RIVALS, name, argument]);
  }

  async #run(name: Server, args: readonly string[]): Promise<Serving> {
    const child = this.#sandbox.start(name, process.execPath, args, { ...cleanEnvironment(), ...ENVIRONMENT });
    const url = await until(
      `${name} to listen`,
      () => running(child) && / at (http:\S+?)[ ,]/.exec(child.output())?.[1],
    );
    return { urls: { small: url, large: url }, processorMs: () => processorMsOf(child) };
  }
}

/** @returns the text of the first server's answer */
async function sameAnswer(question: string, urls: readonly string[]): Promise<string> {
  const texts = await Promise.all(urls.map((url) => ask(url, question)));
  const data = texts.map((text) => JSON.stringify((JSON.parse(text) as { data: unknown }).data));
  if (new Set(data).size !== 1 || data[0] === 'null') throw new Error(`the servers disagree:\n${texts.join('\n')}`);
  return texts[0]!;
}

async function ask(url: string, body: string): Promise<string> {
  const headers = { 'content-type': 'application/json' };
  return (await fetch(url, { method: 'POST', headers, body })).text();
}
