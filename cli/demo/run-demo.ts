import type { Logger } from 'pino';
import { executeQuery } from '../../src/gateway/graphql/apollo.ts';
import { type Gateway, startGateway } from '../../src/gateway/server.ts';
import type { ValuesOf } from '../../src/settings/option.ts';
import { SETTINGS } from '../../src/settings/settings.ts';
import type { ChainStore } from '../../src/store/store.ts';
import { untilAborted } from '../../src/waiting.ts';
import { type Line, linesOf, styled } from '../line.ts';
import { createLog } from '../log.ts';
import { programName } from '../program-name.ts';
import { StopRequest } from '../stop.ts';
import type { Terminal } from '../terminal.ts';
import { compactJson } from './compact-json.ts';
import { indexDemoBlock, openDemoStore } from './demo-store.ts';
import type { DEMO_OPTIONS } from './options.ts';
import { QUESTIONS } from './questions.ts';

type DemoOptions = ValuesOf<typeof DEMO_OPTIONS>;

const ANSWER_WIDTH = 100;
const SCAN_BUDGET = SETTINGS.scanBudget.fallback;

/** Indexes a block, asks three questions, and serves until the user stops it. */
export async function runDemo(options: DemoOptions, terminal: Terminal): Promise<void> {
  const log = createLog({ level: 'warn', format: 'text' }, terminal);
  using stop = new StopRequest(() => terminal.note('Stopping.'));
  await using demo = await openDemoStore();
  terminal.print([styled('bold', 'BitQL demo: block 357238 of Bitcoin, mined in May 2015.')]);
  await indexDemoBlock(demo.store, log, stop.signal);
  await askQuestions(demo.store, log, terminal);
  if (!options.noServe && !stop.signal.aborted) {
    const { host, port, cors } = options;
    const gateway = await startGateway({ store: demo.store, scanBudget: SCAN_BUDGET, log, host, port, cors });
    await serveUntil(stop.signal, gateway, terminal);
  }
}

async function askQuestions(store: ChainStore, log: Logger, terminal: Terminal): Promise<void> {
  for (const [i, { title, query, remark }] of QUESTIONS.entries()) {
    const { data } = (await executeQuery({ query }, { store, scanBudget: SCAN_BUDGET, log })) as { data?: unknown };
    terminal.print('', [styled('bold', `${i + 1}. ${title}`)], '');
    terminal.print(...linesOf(query).map((line) => [styled('cyan', line)]), '');
    terminal.print(...linesOf(compactJson(data, ANSWER_WIDTH)), '', [styled('dim', remark)]);
  }
}

async function serveUntil(signal: AbortSignal, gateway: Gateway, terminal: Terminal): Promise<void> {
  terminal.print(...nextSteps(gateway.url));
  await untilAborted(signal);
  await gateway.close();
}

function nextSteps(url: string): Line[] {
  const bitql = programName();
  const step = (text: string) => [styled('bold', text)];
  return [
    '',
    step('Try it yourself. The block is served until Ctrl-C:'),
    '',
    `  playground  ${url}/graphiql`,
    `  endpoint    ${url}/graphql`,
    `  from here   ${bitql} query '{ chain { tip { height } } }' --endpoint ${url}/graphql`,
    '',
    step('Next, use your own node:'),
    '',
    `  ${bitql} up --node http://USER:PASSWORD@HOST:8332    indexes it into ./bitql.db and serves that`,
    `  ${bitql} up --help                                   all settings, including MongoDB`,
    '',
  ];
}
