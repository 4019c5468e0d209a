import { expect, it } from 'vitest';
import { parseTips } from '../../../k8s/operator/node/answers.ts';

const tip = (height: number) => ({
  ...{ height, hash: height.toString(16).padStart(64, '0'), branchlen: 1, status: 'valid-fork' },
});

it('keeps the highest branches of however many a node tells of', () => {
  const tips = parseTips(Array.from({ length: 20_000 }, (_, n) => tip((n * 7_919) % 20_000)));
  expect(tips.map(({ height }) => height)).toEqual(Array.from({ length: 100 }, (_, n) => 19_999 - n));
});
