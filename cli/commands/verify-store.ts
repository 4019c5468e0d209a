import { switchOption } from '../../src/settings/option.ts';
import { settings } from '../../src/settings/settings.ts';
import { defineCommand } from '../command.ts';
import { LOG_SETTINGS, STORE_SETTINGS } from '../command-settings.ts';

export const verifyStore = defineCommand({
  name: 'verify-store',
  summary: 'Checks a whole index for damage.',
  description:
    'Reads the whole index in its present state: checksums, merkle roots, counts and sums, spent outputs, and postings ' +
    'in both directions. It prints what is damaged, and which heights "bitql reindex --heights" should index again. It works while ' +
    'an indexer writes. Exit code 0 if the index has no damage, 3 if it has.',
  argument: null,
  examples: [
    ['bitql verify-store', 'Of ./bitql.db.'],
    ['bitql verify-store --store mongodb://localhost/bitql --json', 'Of an index in MongoDB, as JSON.'],
  ],
  options: { ...STORE_SETTINGS, ...settings('cache'), ...LOG_SETTINGS, json: switchOption('Prints JSON.') },
  async run({ options, terminal }) {
    const { runVerification } = await import('../verification.ts');
    return runVerification(options, terminal);
  },
});
