import type { Option } from '../../src/settings/option.ts';
import { heightRanges } from '../../src/settings/parsers.ts';
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

export const reindex = defineCommand({
  name: 'reindex',
  summary: 'Indexes some heights of an index again, to repair them.',
  description:
    'Indexes damaged blocks again, from the node, or from its block files with --blocks: rows that ' +
    'are missing or damaged are written again, and rows that should not exist are removed. The indexer must not run ' +
    'meanwhile. It can be stopped and started again; "bitql verify-store" checks whether everything is repaired.',
  argument: null,
  examples: [
    ['bitql reindex --heights 700000-700010,731245', 'Of ./bitql.db, from a node on this machine.'],
    [
      'bitql reindex --heights 5-9 --blocks ~/.bitcoin/blocks --store mongodb://localhost/bitql',
      'From block files too.',
    ],
  ],
  options: {
    heights,
    ...REINDEX_SETTINGS,
    ...STORE_SETTINGS,
    ...SERVICE_SETTINGS,
  },
  async run({ options, terminal }) {
    const ranges = options.heights;
    if (!ranges)
      throw new UsageError(['--heights is missing: "bitql verify-store" prints the damaged heights.'], 'reindex');
    const { runReindex } = await import('../indexing.ts');
    return runReindex(ranges, options, terminal);
  },
});
