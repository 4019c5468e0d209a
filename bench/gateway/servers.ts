import type { Sandbox, SandboxProcess } from '../../src/dev/sandbox.ts';
import { until } from '../../src/dev/until.ts';
import { BITQL, cleanEnvironment } from '../../test/cli/support.ts';
import { type Questions, SIZES, type Size } from './questions.ts';
import type { Rival } from './rivals.ts';

/** Whose speed is measured. */
export type Server = 'bitql' | Rival;

/** Where a server answers questions of a size. */
export type Address = Readonly<Record<Size, string>>;

const RIVALS = new URL('./rivals.ts', import.meta.url).pathname;
/** As bin/bitql.js has it, for all. */
const FLAGS = ['--max-semi-space-size=8', '--disable-warning=ExperimentalWarning'];

/** The servers, each a process of its own, on the same store. */
export class Servers {
  readonly #sandbox: Sandbox;
  readonly #store: string;

  constructor(sandbox: Sandbox, store: string) {
    this.#sandbox = sandbox;
    this.#store = store;
  }

  /** All of them, when it is sure that they give the same answers. */
  async start(questions: Questions): Promise<Readonly<Record<Server, Address>>> {
    const bitql = await this.#run('bitql', [BITQL, 'serve', '--port', '0', '--store', this.#store]);
    const [apollo, mercurius] = await Promise.all([
      this.#rival('apollo', this.#store),
      this.#rival('mercurius', this.#store),
    ]);
    const answers = await Promise.all(SIZES.map((size) => sameAnswer(questions[size], [bitql, apollo, mercurius])));
    const ceiling = await this.#rival(
      'ceiling',
      JSON.stringify(Object.fromEntries(SIZES.map((size, i) => [size, answers[i]]))),
    );
    const everywhere = (url: string): Address => ({ small: url, large: url });
    return {
      bitql: everywhere(bitql),
      apollo: everywhere(apollo),
      mercurius: everywhere(mercurius),
      ceiling: { small: `${ceiling}small`, large: `${ceiling}large` },
    };
  }

  #rival(name: Rival, argument: string): Promise<string> {
    return this.#run(name, [...FLAGS, RIVALS, name, argument]);
  }

  async #run(name: Server, args: readonly string[]): Promise<string> {
    const process_ = this.#sandbox.start(name, process.execPath, args, cleanEnvironment());
    return until(`${name} to listen`, () => running(process_) && / at (http:\S+?)[ ,]/.exec(process_.output())?.[1]);
  }
}

function running(child: SandboxProcess): true {
  if (child.result !== undefined) throw new Error(`a server ended with ${child.result}:\n${child.output()}`);
  return true;
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
