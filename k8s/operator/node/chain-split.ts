import type { BranchTip } from '../../../src/rpc/answers.ts';

/** A branch of the node that is not its main chain. */
export interface Branch extends BranchTip {
  /** Expected hashes up to its tip. */
  readonly chainWork: bigint;
}

/** Where another node holds another block than this one. */
export interface Disagreement {
  /** What the other node is called in the spec. */
  readonly name: string;
  /** The other node's newest block. */
  readonly tip: { readonly height: number; readonly hash: string };
  /** The height that was compared, and the block that the other node has there. */
  readonly height: number;
  readonly hash: string;
  /** The newest block that both have. */
  readonly forkHeight: number;
}

export interface SplitFacts {
  readonly ours: { readonly height: number; readonly hash: string; readonly chainWork: bigint };
  readonly branches: readonly Branch[];
  readonly disagreements: readonly Disagreement[];
  /** Blocks that a branch must have to count. */
  readonly splitDepth: number;
}

export interface Witness {
  readonly name: string;
  readonly height: number;
  readonly hash: string;
}

export interface Split {
  readonly reason: 'InvalidTipWithMoreWork' | 'LocalFork' | 'ReferenceDisagreement';
  readonly forkHeight: number;
  /** Blocks of the other chain that this one does not have. */
  readonly depth: number;
  readonly competingTip: string;
  readonly witnesses: readonly Witness[];
}

/** What a witness calls itself that is the node. */
export const SELF = 'self';

/**
 * Branches that nobody has refused, and whose blocks are here. `parked` is what Bitcoin Cash Node calls one that it does not
 * follow since that would undo too much. Of `headers-only` nobody has shown that there are blocks.
 */
const VALID: ReadonlySet<string> = new Set(['valid-fork', 'valid-headers', 'parked']);
const INVALID = 'invalid';
/** What is kept of the branches of a node: an old node has many stale ones, far below its newest block. */
const MAX_TIPS = 100;

/** The highest tips, highest first. */
export function highest(tips: readonly BranchTip[]): BranchTip[] {
  return tips.toSorted((a, b) => b.height - a.height).slice(0, MAX_TIPS);
}

/**
 * The tips that may compete with a chain: deep enough, and not just blocks that it still lacks. What they compete with is
 * their work, which getchaintips does not tell.
 */
export function rivals(tips: readonly BranchTip[], ourHeight: number, splitDepth: number): BranchTip[] {
  return tips.filter(({ height, branchLength, status }) => {
    const isForkBelow = height - branchLength < ourHeight;
    return branchLength >= splitDepth && (status === INVALID || (VALID.has(status) && isForkBelow));
  });
}

/**
 * The height at which a chain is compared with another node's: where they differ there, each has at least so many blocks
 * that the other one has not. A node that is behind, or ahead, holds the same block there.
 */
export function comparedHeight(ours: number, theirs: number, splitDepth: number): number {
  return Math.max(0, Math.min(ours, theirs) - splitDepth + 1);
}

/**
 * Whether others follow another chain than the node: a branch competes with its own as long as its own has not outgrown it by
 * `splitDepth` blocks, and whenever it has more work; or another node holds another block, which was looked for at
 * `comparedHeight`. An old stale branch competes no more.
 */
export function findSplit(facts: SplitFacts): Split | null {
  const invalid = facts.branches.filter((branch) => branch.status === INVALID && hasMoreWork(branch, facts));
  const valid = facts.branches.filter((branch) => branch.status !== INVALID && competes(branch, facts));
  const witnesses = [...[...invalid, ...valid].slice(0, 1).map(selfAsWitness), ...facts.disagreements.map(asWitness)];
  if (invalid[0] !== undefined) return { reason: 'InvalidTipWithMoreWork', ...ofBranch(invalid[0]), witnesses };
  if (valid[0] !== undefined) return { reason: 'LocalFork', ...ofBranch(valid[0]), witnesses };
  const other = facts.disagreements[0];
  if (other === undefined) return null;
  const { forkHeight, tip } = other;
  const depth = tip.height - forkHeight;
  return { reason: 'ReferenceDisagreement', forkHeight, depth, competingTip: tip.hash, witnesses };
}

function competes(branch: Branch, facts: SplitFacts): boolean {
  return facts.ours.height - branch.height < facts.splitDepth || hasMoreWork(branch, facts);
}

function hasMoreWork({ chainWork }: Branch, { ours }: SplitFacts): boolean {
  return chainWork > ours.chainWork;
}

function ofBranch({ hash, height, branchLength }: Branch) {
  return { forkHeight: height - branchLength, depth: branchLength, competingTip: hash };
}

function selfAsWitness({ height, hash }: Branch): Witness {
  return { name: SELF, height, hash };
}

function asWitness({ name, height, hash }: Disagreement): Witness {
  return { name, height, hash };
}
