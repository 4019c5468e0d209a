import type { DevChain } from '../../dev/dev-chain.ts';
import { errorCode } from '../../src/errors.ts';
import { type Options, switchOption, type ValuesOf } from '../../src/settings/option.ts';
import { wholeNumber } from '../../src/settings/parsers.ts';
import { settings } from '../../src/settings/settings.ts';
import { type Command, defineCommand } from '../command.ts';
import { linesOf } from '../line.ts';

/** What an action did: as data, and in words. */
export interface Outcome {
  readonly result: object;
  readonly lines: readonly string[];
}

/** Something that can be made happen on a local chain that runs. */
export interface Action<O extends Options, A>
  extends Pick<Command, 'summary' | 'description' | 'argument' | 'examples'> {
  readonly name: string;
  readonly options: O;
  /** What the arguments stand for. @throws UsageError */
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

/** Makes an action a subcommand of `bitql dev`. It ends when queries show what was done. */
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
      terminal.print(...(common.json ? linesOf(JSON.stringify({ ...result, indexed }, null, 2)) : lines));
      if (!indexed) terminal.note('The index has not seen it yet.');
      return 0;
    },
  });
}
