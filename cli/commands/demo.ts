import { defineCommand } from '../command.ts';
import { DEMO_OPTIONS } from '../demo/options.ts';

export const demo = defineCommand({
  name: 'demo',
  summary: 'Shows BitQL at work on one real block; needs no node and no database.',
  description:
    'Indexes block 357238 of Bitcoin, which comes with BitQL, by the code that indexes a live node; asks three ' +
    'questions; then serves the block as GraphQL until Ctrl-C. The index is a temporary SQLite file.',
  argument: null,
  examples: [
    ['bitql demo', 'Three answers, then a playground at http://127.0.0.1:4000/graphiql.'],
    ['bitql demo --no-serve', 'Only the answers.'],
  ],
  options: DEMO_OPTIONS,
  async run({ options, terminal }) {
    const { runDemo } = await import('../demo/run-demo.ts');
    await runDemo(options, terminal);
    return 0;
  },
});
