import { describe, expect, it } from 'vitest';
import { networkById } from '../../src/chain/networks.ts';
import type { Chunk } from '../../src/mempool/pool-transaction.ts';
import { PoolTransaction } from '../../src/mempool/pool-transaction.ts';
import { projectBlocks as eachBlock, roomOf } from '../../src/mempool/projected-blocks.ts';

const ROOM = 4_000;
let counter = 0;

/** A chunk of transactions with 100 virtual bytes each. */
function chunk(feeRate: number, count = 1, cluster: object = {}): Chunk {
  const transactions = Array.from({ length: count }, () => {
    const arrival = { epoch: 1, counter: counter++ };
    return new PoolTransaction({ arrival, weight: 400, fee: 100 * feeRate });
  });
  const { arrival: turn } = transactions[0]!;
  const virtualSize = 100 * count;
  return {
    transactions,
    weight: 4 * virtualSize,
    virtualSize,
    fees: feeRate * virtualSize,
    feeRate,
    turn,
    place: 0,
    cluster,
    isOver: false,
  };
}

const projectBlocks = (chunks: readonly Chunk[], room: number, most: number) =>
  [...eachBlock(chunks, room)].slice(0, most);

describe('blocks that a miner would make', () => {
  it('take what pays most first, and say what is in them', () => {
    const blocks = projectBlocks([chunk(9, 2), chunk(5, 6), chunk(3, 2), chunk(2, 3)], ROOM, 10);
    expect(blocks).toEqual([
      {
        count: 10,
        weight: 4_000,
        virtualSize: 1_000,
        fees: 5_400,
        feeRates: { min: 3, median: 5, max: 9 },
        isFull: true,
      },
      { count: 3, weight: 1_200, virtualSize: 300, fees: 600, feeRates: { min: 2, median: 2, max: 2 }, isFull: false },
    ]);
    expect(projectBlocks([], ROOM, 10)).toEqual([]);
    expect(projectBlocks([chunk(9, 10), chunk(8, 10)], ROOM, 1)).toHaveLength(1);
  });

  it('fill a gap with what pays less, but never before what it depends on', () => {
    const cluster = {};
    const blocks = projectBlocks(
      [chunk(9, 8), chunk(8, 3, cluster), chunk(7, 2, cluster), chunk(6, 2), chunk(5, 1)],
      ROOM,
      10,
    );
    expect(blocks.map(({ count, feeRates }) => [count, feeRates.max, feeRates.min])).toEqual([
      [10, 9, 6],
      [6, 8, 5],
    ]);
  });

  it('divide what no block has room for, and hold a transaction above any limit alone', () => {
    const blocks = projectBlocks([chunk(9, 25)], ROOM, 10);
    expect(blocks.map(({ count }) => count)).toEqual([10, 10, 5]);
    expect(projectBlocks([chunk(9), chunk(8)], 300, 10).map(({ count }) => count)).toEqual([1, 1]);
  });

  it('are as large as each network allows', () => {
    const room = (id: Parameters<typeof networkById>[0]) => roomOf(networkById(id)) / 4;
    expect(room('btc-mainnet')).toBe(998_000);
    expect(room('bch-mainnet')).toBe(32_000_000);
    expect(room('bch-chipnet')).toBe(2_000_000);
    expect(room('bsv-mainnet')).toBe(4_000_000_000);
  });
});
