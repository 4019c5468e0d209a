import { defineCommand } from '../command.ts';
import { INDEX_SETTINGS, SERVICE_SETTINGS, STORE_SETTINGS } from '../command-settings.ts';

export const index = defineCommand({
  name: 'index',
  summary: 'Indexes the blocks of a bitcoind, and follows it.',
  description:
    'Indexes the blocks of a bitcoind into a store and follows it until stopped. It continues where it stopped, even ' +
    'after a crash. A store has one indexer; a second one stands by. Ctrl-C (or SIGTERM) finishes the ' +
    'current commit and ends with code 0; a second Ctrl-C ends at once.',
  argument: null,
  examples: [
    ['bitql index', 'A node on this machine with its cookie file, into ./bitql.db.'],
    ['bitql index --node http://user:password@10.0.0.5:8332 --store mongodb://localhost/bitql', 'Into MongoDB.'],
    [
      'BITQL_NODE=http://user:password@10.0.0.5:8332 bitql index --from 840000',
      'Starts at a height, and keeps the password out of the list of processes.',
    ],
  ],
  options: { ...INDEX_SETTINGS, ...STORE_SETTINGS, ...SERVICE_SETTINGS },
  async run({ options, terminal }) {
    const { runIndex } = await import('../indexing.ts');
    return runIndex(options, terminal);
  },
});
