import { switchOption } from '../../src/settings/option.ts';
import { settings } from '../../src/settings/settings.ts';
import { defineCommand } from '../command.ts';
import { LOG_SETTINGS, STORE_SETTINGS } from '../command-settings.ts';

export const verifyStore = defineCommand({
  name: 'verify-store',
  summary: 'Looks for damage in all of an index.',
  description:
    'Reads all of an index as it is now: checksums, merkle roots, counts and sums, what transactions spend, and postings ' +
    'both ways. It tells what is damaged, and which heights "bitql reindex --heights" is to index again. It works while ' +
    'an indexer writes. Exit code 0 if the index is whole, 3 if damage was found.',
  argument: null,
  examples: [
    ['bitql verify-store', 'Of ./bitql.db.'],
    ['bitql verify-store --store mongodb://localhost/bitql --json', 'Of an index in MongoDB, as JSON.'],
  ],
  options: { ...STORE_SETTINGS, ...settings('cache'), ...LOG_SETTINGS, json: switchOption('Prints JSON.') },
  async run({ options, terminal }) {
    const { tellVerification } = await import('../verification.ts');
    return tellVerification(options, terminal);
  },
});
