import { MAX_DATA_BYTES, MAX_PUSHES } from '../../dev/data-output.ts';
import type { DevChain } from '../../dev/dev-chain.ts';
import { errorCode } from '../../src/errors.ts';
import { type Option, type Options, switchOption, type ValuesOf } from '../../src/settings/option.ts';
import { anyText, wholeNumber } from '../../src/settings/parsers.ts';
import { settings } from '../../src/settings/settings.ts';
import { type Command, defineCommand, UsageError } from '../command.ts';
import { linesOf } from '../terminal.ts';
import { pushesOf } from './pushes.ts';
import {
  dataLines,
  doubleSpentLines,
  evictedLines,
  minedLines,
  reorganisedLines,
  replacedLines,
  sentLines,
} from './sentences.ts';

/** The result of an action, as data and in words. */
interface Outcome {
  readonly result: object;
  readonly lines: readonly string[];
}

/** An action on a running local chain. */
interface Action<O extends Options, A> extends Pick<Command, 'summary' | 'description' | 'argument' | 'examples'> {
  readonly name: string;
  readonly options: O;
  /** The meaning of the arguments. @throws UsageError */
  read(args: readonly string[], options: ValuesOf<O>): A | Promise<A>;
  act(chain: DevChain, meaning: A, options: ValuesOf<O>): Promise<Outcome>;
}

const COMMON = {
  port: {
    ...settings('port').port,
    expected: 'a port: a whole number from 1 to 65535',
    parse: wholeNumber(1, 65_535),
    description: "The port of the chain's gateway, which identifies the chain if several are running.",
  },
  ...settings('logLevel'),
  json: switchOption('Prints JSON.'),
};

/** Makes an action a subcommand of `bitql dev`. It ends when queries show its result. */
export function defineAction<O extends Options, A>({ name, options, read, act, ...texts }: Action<O, A>): Command {
  return defineCommand({
    ...texts,
    name: `dev ${name}`,
    options: { ...options, ...COMMON },
    async run({ options: values, args, terminal }) {
      const common = values as ValuesOf<typeof COMMON>;
      const meaning = await read(args, values as ValuesOf<O>);
      const [{ noChain, readControl }, { DevChain }, { settlesSoon }] = await Promise.all([
        import('../../dev/control-file.ts'),
        import('../../dev/dev-chain.ts'),
        import('../../dev/queries.ts'),
      ]);
      const followed = readControl(common.port);
      const chain = new DevChain(followed.nodeUrl, async () => void (await settlesSoon(followed)));
      const { result, lines } = await act(chain, meaning, values as ValuesOf<O>).catch((error: unknown) => {
        throw errorCode(error) === 'NODE_UNREACHABLE' ? noChain(common.port, error) : error;
      });
      const indexed = await settlesSoon(followed);
      terminal.printAll(common.json ? linesOf(JSON.stringify({ ...result, indexed }, null, 2)) : lines);
      if (!indexed) terminal.note('The index has not seen it yet.');
      return 0;
    },
  });
}

const MOST_BLOCKS = 10_000;
const MOST_SATOSHIS = 21e14;
const WHICH = { placeholder: 'TXID', required: false } as const;
const LATEST =
  'Without a txid, it takes the latest pending payment of "bitql dev send". If there is none, it sends one first.';

const to: Option<string | undefined> = {
  placeholder: 'ADDRESS',
  fallback: undefined,
  fallbackText: null,
  expected: 'an address of regtest',
  description: 'The address to pay. Default: an address that is always the same.',
  environment: false,
  parse: anyText,
};

const value: Option<number> = {
  placeholder: 'SATOSHIS',
  fallback: 1_000_000,
  fallbackText: '1000000',
  expected: `a whole number from 1 to ${MOST_SATOSHIS}`,
  description: 'The amount to pay, in satoshis.',
  environment: false,
  parse: wholeNumber(1, MOST_SATOSHIS),
};

const mine = defineAction({
  name: 'mine',
  summary: 'Mines blocks with the pending transactions.',
  description: 'Mines blocks with the pending transactions: one if no number is given.',
  argument: { placeholder: 'N', required: false },
  examples: [['bitql dev mine 3', 'Three blocks.']],
  options: {},
  read: ([argument]) => blocksOf('mine', argument),
  async act(chain, count) {
    const result = await chain.mine(count);
    return { result, lines: minedLines(result) };
  },
});

const reorg = defineAction({
  name: 'reorg',
  summary: 'Replaces the last blocks by a longer branch.',
  description:
    'Replaces the last blocks, one if no number is given, by a branch that is one block longer and has no transactions, as ' +
    'in a reorganisation. The transactions of the replaced blocks are pending again.',
  argument: { placeholder: 'N', required: false },
  examples: [['bitql dev reorg 2', 'Makes the last two blocks stale, and puts three others in their place.']],
  options: {},
  read: ([argument]) => blocksOf('reorg', argument),
  async act(chain, depth) {
    const result = await chain.reorg(depth);
    return { result, lines: reorganisedLines(result) };
  },
});

const send = defineAction({
  name: 'send',
  summary: 'Sends a payment.',
  description: 'Sends a payment from the coins of the chain; it stays pending until it is mined.',
  argument: null,
  examples: [['bitql dev send --to bcrt1q6z64a43mjgkcq0ul2znwneq3spghrlau9slefp --value 50000', 'Pays an address.']],
  options: { to, value },
  read: () => null,
  async act(chain, _, options) {
    const result = await chain.send(options);
    return { result, lines: sentLines(result) };
  },
});

const data = defineAction({
  name: 'data',
  summary: 'Sends data in an OP_RETURN output.',
  description:
    'Sends texts as UTF-8 in one OP_RETURN output, each in a push of its own; "-" reads standard input, byte by byte. If the data ' +
    `exceeds the node's relay limit, it is mined by generateblock instead, and the output says so. One transaction takes ` +
    `${MAX_DATA_BYTES} bytes in ${MAX_PUSHES} pushes.`,
  argument: { placeholder: 'TEXT', required: true, several: true },
  examples: [
    ['bitql dev data "hello BitQL"', 'Sends one push.'],
    ['bitql dev data my-app "hello BitQL"', 'Sends two pushes: an app writes its name before its data.'],
    ['bitql dev data --hex 6d792d617070 00ff', 'Sends bytes: each TEXT is hexadecimal.'],
    ['bitql dev data - < README.md', 'Sends a long text, which is mined.'],
    ['bitql dev data -- --text', 'Sends a text that begins with "-".'],
  ],
  options: { hex: switchOption('Each TEXT is hexadecimal, two digits a byte, standard input too.') },
  read: (texts, { hex }) => pushesOf(texts, hex),
  async act(chain, pushes) {
    const result = await chain.data(...pushes);
    return { result, lines: dataLines(result) };
  },
});

const doubleSpend = defineAction({
  name: 'double-spend',
  summary: 'Mines a transaction that spends the coins of a pending one.',
  description: `Mines another transaction that spends the coins of a pending one, which removes the pending one. ${LATEST}`,
  argument: WHICH,
  examples: [['bitql dev double-spend', 'removed { reason } of the latest payment is CONFLICT.']],
  options: {},
  read: txidOf,
  async act(chain, txid) {
    const result = await chain.doubleSpend(txid);
    return { result, lines: doubleSpentLines(result) };
  },
});

const replace = defineAction({
  name: 'replace',
  summary: 'Replaces a pending transaction by one with a higher fee.',
  description: `Replaces a pending transaction, and those that depend on it, by one with a higher fee (BIP 125). ${LATEST}`,
  argument: WHICH,
  examples: [['bitql dev replace', 'removed { reason } of the latest payment is REPLACED.']],
  options: {},
  read: txidOf,
  async act(chain, txid) {
    const result = await chain.replace(txid);
    return { result, lines: replacedLines(result) };
  },
});

const evict = defineAction({
  name: 'evict',
  summary: 'Fills the mempool until a pending transaction is dropped.',
  description:
    'Fills the mempool with large transactions until it drops a pending one. They stay there, and others must pay ' +
    `more than they do, until "bitql dev mine 5" mines them. ${LATEST}`,
  argument: WHICH,
  examples: [['bitql dev evict', 'removed { reason } of the latest payment is EVICTED.']],
  options: {},
  read: txidOf,
  async act(chain, txid) {
    const result = await chain.evict(txid);
    return { result, lines: evictedLines(result) };
  },
});

/** All actions on a running local chain. */
export const DEV_ACTIONS: readonly Command[] = [mine, reorg, send, data, doubleSpend, replace, evict];

/** @throws UsageError */
function blocksOf(action: string, argument = ''): number {
  const count = argument === '' ? 1 : wholeNumber(1, MOST_BLOCKS)(argument);
  if (count !== undefined) return count;
  throw new UsageError([`N must be a whole number from 1 to ${MOST_BLOCKS}.`], `dev ${action}`);
}

function txidOf([argument = '']: readonly string[]): string | undefined {
  return argument === '' ? undefined : argument;
}
