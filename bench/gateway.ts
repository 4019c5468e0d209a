import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { Sandbox } from '../dev/sandbox.ts';
import { openStore } from '../src/store/open.ts';
import { BITQL, cleanEnvironment } from '../test/cli/support.ts';
import { chainFiles } from './chain/make-chain.ts';
import { type Load, load } from './gateway/load.ts';
import { type Questions, questionsAbout, SIZES } from './gateway/questions.ts';
import { figuresOf, printFigures } from './gateway/report.ts';
import { type Server, Servers, type Serving } from './gateway/servers.ts';

export const OPTIONS = {
  /** Of the chain. */
  transactions: { type: 'string', default: '20000' },
  /** The rounds in which all servers take turns. */
  rounds: { type: 'string', default: '5' },
  seconds: { type: 'string', default: '3' },
} as const;

/** The results of each server, round by round. */
export type Rounds = Readonly<Record<Server, Readonly<Record<keyof Questions, readonly Load[]>>>>;

/**
 * The number of small and of large requests that a gateway answers in a second, and that the same resolvers answer under Apollo's
 * defaults and under Mercurius with compiled operations.
 */
export async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: OPTIONS });
  await using stack = new AsyncDisposableStack();
  const sandbox = stack.adopt(new Sandbox('bench-gateway'), (it) => it.close());
  const file = await index(sandbox, Number(values.transactions));
  const store = await openStore({ kind: 'sqlite', file }, { cacheMiB: 8 });
  const questions = await questionsAbout(store);
  await store.close();
  const servers = await new Servers(sandbox, `sqlite:${file}`).start(questions);
  const figures = figuresOf(await measure(servers, questions, Number(values.rounds), Number(values.seconds)));
  printFigures(figures);
  console.log(JSON.stringify({ bench: 'gateway', results: figures }));
}

/** An index of a made-up chain in a SQLite file. */
async function index(sandbox: Sandbox, transactions: number): Promise<string> {
  const { folder, network } = await chainFiles({ transactions });
  const file = `${sandbox.folder}/chain.db`;
  const args = ['import', folder, '--network', network, '--store', `sqlite:${file}`, '--log-level', 'warn'];
  execFileSync(process.execPath, [BITQL, ...args], { env: cleanEnvironment(), stdio: 'inherit' });
  return file;
}

async function measure(
  servers: Readonly<Record<Server, Serving>>,
  questions: Questions,
  rounds: number,
  seconds: number,
): Promise<Rounds> {
  const names = Object.keys(servers) as Server[];
  const results = Object.fromEntries(
    names.map((name) => [name, { small: [], large: [] } as Record<keyof Questions, Load[]>]),
  ) as Record<Server, Record<keyof Questions, Load[]>>;
  // The first round only warms up.
  for (let round = 0; round <= rounds; round++) {
    for (const size of SIZES) {
      for (const name of names) {
        const result = await load(servers[name], size, questions[size], round === 0 ? 1 : seconds);
        if (round > 0) results[name][size].push(result);
      }
    }
  }
  return results;
}
