import { switchOption } from '../../src/settings/option.ts';
import { defineCommand } from '../command.ts';
import { LOG_SETTINGS, STORE_SETTINGS } from '../command-settings.ts';

export const status = defineCommand({
  name: 'status',
  summary: 'Shows what an index contains and how current it is.',
  description:
    'Shows what an index contains, how far it is behind its node, and whether an indexer is running. It reads the store ' +
    'only, so it works while the indexer runs.',
  argument: null,
  examples: [
    ['bitql status', 'Of ./bitql.db.'],
    ['bitql status --store mongodb://localhost/bitql --json', 'Of an index in MongoDB, as JSON.'],
  ],
  options: { ...STORE_SETTINGS, logLevel: LOG_SETTINGS.logLevel, json: switchOption('Prints JSON.') },
  async run({ options, terminal }) {
    const { printIndexStatus } = await import('../index-status.ts');
    await printIndexStatus(options, terminal);
    return 0;
  },
});
