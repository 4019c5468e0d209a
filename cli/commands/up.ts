import { defineCommand } from '../command.ts';
import { INDEX_SETTINGS, SERVE_SETTINGS, SERVICE_SETTINGS, STORE_SETTINGS } from '../command-settings.ts';

const OPTIONS = { ...INDEX_SETTINGS, ...STORE_SETTINGS, ...SERVE_SETTINGS, ...SERVICE_SETTINGS };

export const up = defineCommand({
  name: 'up',
  summary: 'Indexes a bitcoind and serves the index, in one process.',
  description:
    'Indexes the blocks of a bitcoind and serves the index as GraphQL while it grows: "bitql index" and "bitql serve" ' +
    'in one process. Ctrl-C (or SIGTERM) finishes the current work and ends with code 0; a second Ctrl-C ends at once.',
  argument: null,
  examples: [
    ['bitql up', 'A node on this machine with its cookie file, into ./bitql.db, at http://127.0.0.1:4000/graphql.'],
    ['bitql up --node http://127.0.0.1:18443 --store regtest.db', 'A regtest node.'],
    ['bitql up --from tip', 'Serves new blocks at once, and indexes older ones in the background.'],
    ['bitql up --from 840000', 'Indexes only the blocks from a height on, which is much faster.'],
  ],
  options: OPTIONS,
  async run({ options, terminal }) {
    const { runUp } = await import('../serving.ts');
    return runUp(options, terminal);
  },
});
