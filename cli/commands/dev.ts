import type { Dev } from '../../dev/start-dev.ts';
import type { Option } from '../../src/settings/option.ts';
import { redact } from '../../src/settings/redact.ts';
import { SETTINGS, settings } from '../../src/settings/settings.ts';
import { parseStoreLocation } from '../../src/store/location.ts';
import { untilAborted } from '../../src/waiting.ts';
import { defineCommand, programName } from '../command.ts';
import { LOG_SETTINGS } from '../command-settings.ts';
import { DEV_ACTIONS } from '../dev/actions.ts';
import { usageOf } from '../help.ts';
import { StopRequest } from '../stop.ts';
import { type Line, styled } from '../terminal.ts';

/** No environment variable sets it, so that a temporary chain never gets into the store of another one. */
const store: Option<string | undefined> = {
  ...SETTINGS.store,
  fallback: undefined,
  fallbackText: null,
  environment: false,
  description: 'Where the index is stored permanently. Default: a SQLite file that is removed with the chain.',
  parse: (text) => (parseStoreLocation(text) === null ? undefined : text),
};

export const dev = defineCommand({
  name: 'dev',
  summary: 'Runs a local chain for development.',
  description:
    'Starts a regtest node (the bitcoind given by BITCOIND, or the one on the PATH), an indexer and a gateway, with ' +
    'coins to spend, in a temporary folder that is removed at Ctrl-C (or SIGTERM). Its actions change that chain, from ' +
    'another terminal or a script. Each action ends when queries show its result. The node has no wallet, so calls of ' +
    'bitcoin-cli that need one (sendtoaddress, getnewaddress) fail: "bitql dev send" pays, from coins of the chain.',
  argument: null,
  actions: DEV_ACTIONS,
  examples: [
    ['bitql dev', 'A playground at http://127.0.0.1:4000/graphiql.'],
    ['bitql dev data "hello"', 'Writes data to that chain.'],
    ['bitql dev --port 4001', 'Starts a second chain. "bitql dev mine --port 4001" mines on it.'],
  ],
  options: {
    ...settings('host', 'port', 'cors', 'index'),
    store,
    ...LOG_SETTINGS,
    logLevel: { ...LOG_SETTINGS.logLevel, fallback: 'warn', fallbackText: 'warn' } as typeof LOG_SETTINGS.logLevel,
  },
  async run({ options, terminal }) {
    const [{ startDev }, { createLog }] = await Promise.all([import('../../dev/start-dev.ts'), import('../log.ts')]);
    const log = createLog({ level: options.logLevel, format: options.logFormat }, terminal);
    using stop = new StopRequest(() => terminal.note('Stopping.'));
    const { host, port, cors, store } = options;
    const index = options.index ?? [];
    const started = startDev({ host, port, cors, store, index, log, signal: stop.signal });
    await using chain = await started.catch((error: unknown) => {
      if (stop.signal.aborted) return null;
      throw error;
    });
    if (chain === null) return 0;
    if (!stop.signal.aborted) terminal.printAll(nextSteps(chain));
    const failure = await Promise.race([untilAborted(stop.signal), chain.failure]);
    if (failure !== undefined) throw failure;
    return 0;
  },
});

function nextSteps({ url, playground, nodeUrl, store }: Dev): Line[] {
  const { port } = new URL(url);
  const flag = Number(port) === SETTINGS.port.fallback ? '' : ` --port ${port}`;
  const lines = DEV_ACTIONS.map((action) => [`${usageOf(action, programName())}${flag}`, action.summary] as const);
  const column = Math.max(...lines.map(([line]) => line.length)) + 2;
  return [
    [styled('bold', 'A local chain, until Ctrl-C:')],
    '',
    `  playground  ${playground}`,
    `  endpoint    ${url}`,
    `  node's RPC  ${nodeUrl}`,
    `  store       ${redact(store)}`,
    '',
    [styled('bold', 'Actions, from another terminal:')],
    '',
    ...lines.map(([line, summary]) => `  ${line.padEnd(column)}${summary}`),
    '',
  ];
}
