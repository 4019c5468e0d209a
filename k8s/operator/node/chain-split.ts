import type { BranchTip } from '../../../src/rpc/answers.ts';

/** A branch of the node other than its main chain. */
export interface Branch extends BranchTip {
  /** The expected number of hashes up to its tip. */
  readonly chainWork: bigint;
}

/** A height at which another node has a different block. */
export interface Disagreement {
  /** The name of the other node in the spec. */
  readonly name: string;
  /** The other node's newest block. */
  readonly tip: { readonly height: number; readonly hash: string };
  /** The compared height, and the other node's block there. */
  readonly height: number;
  readonly hash: string;
  /** The newest common block. */
  readonly forkHeight: number;
}

export interface SplitFacts {
  readonly ours: { readonly height: number; readonly hash: string; readonly chainWork: bigint };
  readonly branches: readonly Branch[];
  readonly disagreements: readonly Disagreement[];
  /** The minimum number of blocks of a branch that counts. */
  readonly splitDepth: number;
}

interface Witness {
  readonly name: string;
  readonly height: number;
  readonly hash: string;
}

export interface Split {
  readonly reason: 'InvalidTipWithMoreWork' | 'LocalFork' | 'ReferenceDisagreement';
  readonly forkHeight: number;
  /** The number of blocks of the other chain that this one does not have. */
  readonly depth: number;
  readonly competingTip: string;
  readonly witnesses: readonly Witness[];
}

/** The name of the node itself as a witness. */
const SELF = 'self';

/**
 * Branches that nothing has refused and whose blocks are present. `parked` is Bitcoin Cash Node's status of a branch that it does
 * not follow because that would undo too many blocks. For `headers-only`, nobody has shown that the blocks exist.
 */
const VALID: ReadonlySet<string> = new Set(['valid-fork', 'valid-headers', 'parked']);
const INVALID = 'invalid';
/** The maximum number of kept tips: an old node has many stale branches far below its newest block. */
const MAX_TIPS = 100;

/** The highest tips, highest first. */
export function highest(tips: readonly BranchTip[]): BranchTip[] {
  return tips.toSorted((a, b) => b.height - a.height).slice(0, MAX_TIPS);
}

/**
 * The tips that may compete with a chain: deep enough, and not just blocks that the node still lacks. The caller compares their
 * work, which getchaintips does not report.
 */
export function rivals(tips: readonly BranchTip[], ourHeight: number, splitDepth: number): BranchTip[] {
  return tips.filter(({ height, branchLength, status }) => {
    const isForkBelow = height - branchLength < ourHeight;
    return branchLength >= splitDepth && (status === INVALID || (VALID.has(status) && isForkBelow));
  });
}

/**
 * The height at which two chains are compared. If the blocks there differ, each chain has at least `splitDepth` blocks that the
 * other does not. A node that is only behind or ahead has the same block there.
 */
export function comparedHeight(ours: number, theirs: number, splitDepth: number): number {
  return Math.max(0, Math.min(ours, theirs) - splitDepth + 1);
}

/**
 * Whether others follow another chain than the node. A branch competes as long as the node's own chain is less than `splitDepth`
 * blocks higher, and whenever it has more work. Another node disagrees if it has a different block at `comparedHeight`. An old
 * stale branch does not compete.
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
