import { defineCommand } from '../command.ts';
import { IMPORT_SETTINGS, SERVICE_SETTINGS, STORE_SETTINGS } from '../command-settings.ts';

export const importFiles = defineCommand({
  name: 'import',
  summary: "Indexes a bitcoind's block files from its disk, and ends.",
  description:
    "Indexes the blk*.dat files in bitcoind's folder of blocks, up to the tip of the heaviest chain in them. The node " +
    'need not run. Afterwards, "bitql index" or "bitql up" continues from there with a live node; with --blocks they do ' +
    'both. It continues where it stopped, even after a crash. Ctrl-C (or SIGTERM) finishes the current commit.',
  argument: { placeholder: 'DIR', required: true },
  examples: [
    ['bitql import ~/.bitcoin/blocks', 'Into ./bitql.db.'],
    [
      'bitql import /data/bsv/blocks --network bsv-mainnet',
      'The files of BTC, BCH and BSV look the same, so name the network.',
    ],
  ],
  options: { ...IMPORT_SETTINGS, ...STORE_SETTINGS, ...SERVICE_SETTINGS },
  async run({ options, argument, terminal }) {
    const { runImport } = await import('../indexing.ts');
    return runImport(argument, options, terminal);
  },
});
