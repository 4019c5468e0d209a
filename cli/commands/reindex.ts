import { type Option, switchOption } from '../../src/settings/option.ts';
import { heightRanges } from '../../src/settings/parsers.ts';
import { SETTINGS } from '../../src/settings/settings.ts';
import { MAX_HEIGHT } from '../../src/store/position.ts';
import { defineCommand, UsageError } from '../command.ts';
import { REINDEX_SETTINGS, SERVICE_SETTINGS, STORE_SETTINGS } from '../command-settings.ts';

const heights: Option<ReturnType<ReturnType<typeof heightRanges>> | null> = {
  placeholder: 'RANGES',
  fallback: null,
  fallbackText: null,
  expected: 'heights or ranges of heights that do not overlap, such as 100-200,5000',
  description: 'The heights to index again, as "bitql verify-store" prints them: A-B, or several separated by commas.',
  environment: false,
  parse: heightRanges(MAX_HEIGHT),
};

/** Only as a flag: the environment variable is for indexers. */
const index: typeof SETTINGS.index = {
  ...SETTINGS.index,
  environment: false,
  description:
    'What transactions are to be found by in addition: "tokens", "scripts", "inputs" or several of them (docs/running.md#what-transactions-are-found-by).',
};

export const reindex = defineCommand({
  name: 'reindex',
  summary: 'Indexes some heights of an index again, to repair them, or adds what transactions are found by.',
  description:
    'With --heights, it indexes damaged blocks again, from the node, or from its block files with --blocks: rows that ' +
    'are missing or damaged are written again, and rows that should not exist are removed; "bitql verify-store" checks whether everything is ' +
    'repaired. With --index, it adds further kinds of postings to an index, from the store alone. The indexer must not run meanwhile; gateways ' +
    'may. Both can be stopped (Ctrl-C) and started again: then they continue.',
  argument: null,
  examples: [
    ['bitql reindex --heights 700000-700010,731245', 'Of ./bitql.db, from a node on this machine.'],
    [
      'bitql reindex --heights 5-9 --blocks ~/.bitcoin/blocks --store mongodb://localhost/bitql',
      'From block files too.',
    ],
    ['bitql reindex --index inputs', 'Makes the data in inputs searchable, in ./bitql.db.'],
  ],
  options: {
    heights,
    index,
    ...REINDEX_SETTINGS,
    ...STORE_SETTINGS,
    ...SERVICE_SETTINGS,
    json: switchOption('Prints the result as JSON.'),
  },
  async run({ options, terminal }) {
    const { json } = options;
    const work = { heights: options.heights ?? [], families: options.index ?? [], json };
    if (work.heights.length === 0 && work.families.length === 0) {
      throw new UsageError(
        [
          '--heights is missing ("bitql verify-store" prints the damaged heights), or --index with what is to be added.',
        ],
        'reindex',
      );
    }
    const { runReindex } = await import('../reindexing.ts');
    return runReindex(work, options, terminal);
  },
});
