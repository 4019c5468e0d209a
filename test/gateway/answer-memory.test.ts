import { expect, it } from 'vitest';
import { AnswerMemory } from '../../src/gateway/limits/answer-memory.ts';
import { type Account, Bill } from '../../src/gateway/limits/bill.ts';

const MIB = 1024 * 1024;

it('refuses what is large while others hold the memory, and never what is small', () => {
  const memory = new AnswerMemory(10 * MIB);
  const [first, second, third] = [memory.open(false), memory.open(false), memory.open(false)];
  first.take(9 * MIB);
  expect(() => second.take(2 * MIB)).toThrow('as much to answer as it has memory for');
  third.take(MIB / 2);
  second.release();
  first.release();
  third.take(9 * MIB);
  third.release();
  expect(memory.bytes).toBe(0);
});

it('leaves some of the memory to those who have a key', () => {
  const memory = new AnswerMemory(8 * MIB);
  expect(() => memory.open(true).take(7 * MIB)).toThrow('as much to answer as it has memory for');
  expect(() => new AnswerMemory(8 * MIB).open(false).take(7 * MIB)).not.toThrow();
});

it('counts nothing for a request that is over', () => {
  const memory = new AnswerMemory();
  const held = memory.open(false);
  held.take(MIB);
  held.release();
  held.take(MIB);
  held.release();
  expect(memory.bytes).toBe(0);
});

it('charges much of scripts and data on top of the price', async () => {
  let spent = 0;
  const account: Account = {
    maxCost: 1_000,
    async spend(points) {
      spent += points;
    },
    giveBack(points) {
      spent -= points;
    },
  };
  const costOf = async (bytes: number) => {
    spent = 0;
    const bill = new Bill(account);
    await bill.charge({ price: 500, introspects: false });
    bill.settle({ points: 50, bytes });
    expect(bill.cost).toEqual({ requested: 500, charged: spent });
    return spent;
  };
  expect(await costOf(0)).toBe(150);
  expect(await costOf(MIB)).toBe(150);
  expect(await costOf(2 * MIB)).toBe(150 + 4 * 1024);
});
