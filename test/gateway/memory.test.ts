import { expect, it } from 'vitest';
import { AnswerMemory } from '../../src/gateway/limits/memory.ts';

const MIB = 1024 * 1024;

it('refuses large requests while others hold the memory, and never small ones', () => {
  const memory = new AnswerMemory(10 * MIB);
  const [first, second, third] = [memory.open(false), memory.open(false), memory.open(false)];
  first.take(9 * MIB);
  expect(() => second.take(2 * MIB)).toThrow('no memory left for another answer');
  third.take(MIB / 2);
  second.release();
  first.release();
  third.take(9 * MIB);
  third.release();
  expect(memory.bytes).toBe(0);
});

it('reserves some memory for callers with a key', () => {
  const memory = new AnswerMemory(8 * MIB);
  expect(() => memory.open(true).take(7 * MIB)).toThrow('no memory left for another answer');
  expect(() => new AnswerMemory(8 * MIB).open(false).take(7 * MIB)).not.toThrow();
});

it("refuses no caller with a key because of many strangers' small requests", () => {
  const memory = new AnswerMemory(8 * MIB);
  const strangers = Array.from({ length: 20 }, () => memory.open(true));
  for (const stranger of strangers) stranger.take(MIB);
  const known = memory.open(false);
  known.take(2 * MIB);
  expect(() => memory.open(false).take(2 * MIB)).toThrow('no memory left for another answer');
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
