import { defineCommand } from '../command.ts';
import { BROADCAST_SETTINGS, SERVE_SETTINGS, SERVICE_SETTINGS, STORE_SETTINGS } from '../command-settings.ts';

export const serve = defineCommand({
  name: 'serve',
  summary: 'Serves an index as GraphQL.',
  description:
    'Serves an index as GraphQL, with a playground, until stopped. Any number of gateways may serve the same store, ' +
    'while its indexer runs. Ctrl-C (or SIGTERM) answers the current requests, sends subscribers to other gateways and ' +
    'ends with code 0; a second Ctrl-C ends at once.',
  argument: null,
  examples: [
    ['bitql serve', 'Serves ./bitql.db at http://127.0.0.1:4000/graphql.'],
    [
      'bitql serve --store mongodb://localhost/bitql --host 0.0.0.0 --port 80',
      'Serves an index in MongoDB to other machines.',
    ],
    ['bitql serve --node http://127.0.0.1:8332', 'Also sends transactions to a node (broadcastTransaction).'],
  ],
  options: { ...STORE_SETTINGS, ...SERVE_SETTINGS, ...BROADCAST_SETTINGS, ...SERVICE_SETTINGS },
  async run({ options, terminal }) {
    const { runServe } = await import('../serving.ts');
    return runServe(options, terminal);
  },
});
