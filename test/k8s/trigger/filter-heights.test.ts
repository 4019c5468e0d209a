import { describe, expect, it } from 'vitest';
import { matchesIn } from '../../../k8s/operator/trigger/matches.ts';
import { ask, endpointOf } from '../../../src/client/ask.ts';
import { demoGateway } from '../../gateway/support.ts';

const BLOCK = {
  hash: '00000000000000000f3db04d442e92c172691170ca47dfea5be2b9613cf0343d',
  height: 357_238,
  time: 1_432_109_098,
  previousHash: '',
};
const CITED = { data: [{ pushes: [{ startsWith: { utf8: 'blkCITE' } }] }] };

describe('the heights of a filter', () => {
  const gateway = demoGateway();

  const matches = (filter: object) =>
    matchesIn((query) => ask(endpointOf(`${gateway.url}/graphql`), query), BLOCK, { ...CITED, ...filter }, 10);

  it.each([
    [{}, 2],
    [{ block: {} }, 2],
    [{ block: { from: 357_238, to: 400_000 } }, 2],
    [{ block: { from: 357_239 } }, 0],
    [{ block: { to: 357_237 } }, 0],
  ])('are narrowed to those of the block: %j', async (filter, found) => {
    expect((await matches(filter)).txids).toHaveLength(found);
  });

  it.each([
    [{ block: null }, '`filter.block`'],
    [{ block: { from: null } }, '`filter.block.from` is null'],
    [{ block: { to: null } }, '`filter.block.to` is null'],
    [{ block: { to: '400000' } }, '`filter.block.to` is not a height'],
    [{ block: { form: 400_000 } }, '"form"'],
    [{ address: null }, '`filter.address` is null'],
    [{ time: { from: null } }, '`filter.time.from` is null'],
  ])('are refused if they are malformed, as the index refuses other conditions: %j', async (filter, message) => {
    await expect(matches(filter)).rejects.toMatchObject({
      condition: 'Stalled',
      reason: 'FilterRefused',
      message: expect.stringContaining(message),
    });
  });
});
