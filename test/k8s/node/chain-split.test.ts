import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Branch,
  comparedHeight,
  type Disagreement,
  findSplit,
  highest,
  rivals,
  type SplitFacts,
} from '../../../k8s/operator/node/chain-split.ts';

const hashOf = (name: string) => Buffer.from(name.padEnd(32, '.')).toString('hex');
const workOf = (blocks: number) => BigInt(blocks * 2);

const OURS = { height: 100, hash: hashOf('ours'), chainWork: workOf(100) };

/** A branch that left our chain at a height and has so many blocks, each with as much work as ours. */
function branch(forkHeight: number, branchLength: number, status = 'valid-fork'): Branch {
  const height = forkHeight + branchLength;
  return { hash: hashOf(`${forkHeight}+${branchLength}`), height, branchLength, status, chainWork: workOf(height) };
}

/** The split for the branches that a node reports. */
function splitBy(branches: readonly Branch[], more: Partial<SplitFacts> = {}) {
  const { splitDepth = 2 } = more;
  const candidates = rivals(branches, OURS.height, splitDepth) as Branch[];
  return findSplit({ ours: OURS, branches: candidates, disagreements: [], splitDepth, ...more });
}

const status = fc.constantFrom('active', 'valid-fork', 'valid-headers', 'headers-only', 'invalid', 'parked', 'unknown');
const anyBranch = fc
  .tuple(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 60 }), status)
  .map(([forkHeight, length, of]) => branch(forkHeight, length, of));

describe('a chain split', () => {
  it.each([
    ['a branch as high as ours', branch(97, 3)],
    ['one that was ours a block ago', branch(97, 2)],
    ['one that is higher and whose blocks nobody has checked', branch(95, 9, 'valid-headers')],
    ['one that a node does not follow since it would undo too much', branch(80, 22, 'parked')],
  ])('is %s', (_, rival) => {
    expect(splitBy([rival])).toMatchObject({
      reason: 'LocalFork',
      forkHeight: rival.height - rival.branchLength,
      depth: rival.branchLength,
      competingTip: rival.hash,
      witnesses: [{ name: 'self', height: rival.height, hash: rival.hash }],
    });
  });

  it.each([
    ['the chain itself', branch(100, 0, 'active')],
    ['a stale block', branch(99, 1)],
    ['an old branch that ours has outgrown', branch(40, 6)],
    ['one that ours has just outgrown', branch(96, 2)],
    ['blocks that are still to come', branch(100, 500, 'valid-headers')],
    ['headers of which nobody has shown blocks', branch(95, 9, 'headers-only')],
    ['an invalid branch of less work', branch(95, 4, 'invalid')],
  ])('is not %s', (_, other) => {
    expect(splitBy([other])).toBeNull();
  });

  it('is an invalid branch of more work, even directly after our own tip', () => {
    expect(splitBy([branch(100, 3, 'invalid')])).toMatchObject({
      reason: 'InvalidTipWithMoreWork',
      forkHeight: 100,
      depth: 3,
    });
  });

  it('is a lower branch of more work', () => {
    expect(splitBy([{ ...branch(80, 10), chainWork: workOf(101) }])).toMatchObject({ reason: 'LocalFork', depth: 10 });
  });

  it('is reported by a reference, with all witnesses', () => {
    const said: Disagreement = {
      name: 'other',
      tip: { height: 103, hash: hashOf('theirs') },
      height: 99,
      hash: hashOf('their 99'),
      forkHeight: 90,
    };
    expect(splitBy([], { disagreements: [said] })).toEqual({
      reason: 'ReferenceDisagreement',
      forkHeight: 90,
      depth: 13,
      competingTip: hashOf('theirs'),
      witnesses: [{ name: 'other', height: 99, hash: hashOf('their 99') }],
    });
    const both = splitBy([branch(97, 3)], { disagreements: [said] });
    expect(both!.witnesses.map(({ name }) => name)).toEqual(['self', 'other']);
  });

  it('needs a branch of splitDepth blocks, whatever other branches exist', () => {
    fc.assert(
      fc.property(fc.array(anyBranch), fc.integer({ min: 1, max: 20 }), (branches, splitDepth) => {
        const split = splitBy(branches, { splitDepth });
        if (split === null) return;
        expect(split.depth).toBeGreaterThanOrEqual(splitDepth);
        const rival = branches.find(({ hash }) => hash === split.competingTip)!;
        expect(rival.height - rival.branchLength).toBe(split.forkHeight);
        expect(['active', 'headers-only', 'unknown']).not.toContain(rival.status);
        // It has more work than ours, or ours is not splitDepth blocks higher.
        expect(rival.chainWork > OURS.chainWork || rival.height > OURS.height - splitDepth).toBe(true);
      }),
    );
  });

  it('is never reported by a node that is only behind', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000 }), fc.integer({ min: 1, max: 20 }), (lack, splitDepth) => {
        const ahead = ['valid-headers', 'headers-only'].map((of) => branch(OURS.height, lack, of));
        expect(splitBy(ahead, { splitDepth })).toBeNull();
      }),
    );
  });

  it('ends when our chain grows by splitDepth blocks beyond the other', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 }), fc.integer({ min: 0, max: 30 }), (splitDepth, grown) => {
        const rival = branch(60, 40);
        const height = 100 + grown;
        const ours = { ...OURS, height, chainWork: workOf(height) };
        const found = findSplit({ ours, branches: [rival], disagreements: [], splitDepth });
        expect(found !== null).toBe(grown < splitDepth);
      }),
    );
  });
});

describe('the height that is compared', () => {
  it('is one that both have, and the same from either side', () => {
    const height = fc.integer({ min: 0, max: 1_000_000 });
    fc.assert(
      fc.property(height, height, fc.integer({ min: 1, max: 100 }), (ours, theirs, splitDepth) => {
        const compared = comparedHeight(ours, theirs, splitDepth);
        expect(compared).toBe(comparedHeight(theirs, ours, splitDepth));
        expect(compared).toBeGreaterThanOrEqual(0);
        expect(compared).toBeLessThanOrEqual(Math.min(ours, theirs));
        // If the blocks differ there, each chain has that many of its own.
        if (compared > 0) expect(Math.min(ours, theirs) - compared + 1).toBe(splitDepth);
      }),
    );
  });
});

it('keeps the highest branches, however many a node reports', () => {
  const told = Array.from({ length: 20_000 }, (_, n) => branch((n * 7_919) % 20_000, 0));
  expect(highest(told).map(({ height }) => height)).toEqual(Array.from({ length: 100 }, (_, n) => 19_999 - n));
});
