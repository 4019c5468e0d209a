import { defineCommand } from '../command.ts';
import { DEMO_OPTIONS } from '../command-settings.ts';

export const demo = defineCommand({
  name: 'demo',
  summary: 'Shows BitQL with one real block. It needs no node and no database.',
  description:
    'Indexes block 357238 of Bitcoin, which is part of BitQL, with the same code that indexes a live node; runs three ' +
    'queries; then serves the block as GraphQL until Ctrl-C. The index is a temporary SQLite file.',
  argument: null,
  examples: [
    ['bitql demo', 'Three answers, then a playground at http://127.0.0.1:4000/graphiql.'],
    ['bitql demo --no-serve', 'Prints only the answers.'],
  ],
  options: DEMO_OPTIONS,
  async run({ options, terminal }) {
    const { runDemo } = await import('../run-demo.ts');
    await runDemo(options, terminal);
    return 0;
  },
});
