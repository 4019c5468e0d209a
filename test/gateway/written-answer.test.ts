import { expect, it } from 'vitest';
import { writtenAnswer } from '../../src/gateway/graphql/written-answer.ts';
import { Turns } from '../../src/gateway/limits/turns.ts';

it('a large answer is written as JSON is, while other requests continue', async () => {
  const nodes = Array.from({ length: 100_000 }, (_, n) => ({
    n,
    text: `"€ ${n}\n`,
    list: [n, null, { a: 1.5 }],
    no: {},
  }));
  const result = {
    data: { nodes: Object.assign(Object.create(null), { nodes }), left: undefined },
    extensions: { n: 1 },
  };
  let turns = 0;
  const counting = setInterval(() => {
    turns += 1;
  }, 1);
  const written = await writtenAnswer(result, new Turns().laneOf({}));
  clearInterval(counting);
  expect(written.equals(Buffer.from(JSON.stringify(result)))).toBe(true);
  expect(turns).toBeGreaterThan(2);
});
