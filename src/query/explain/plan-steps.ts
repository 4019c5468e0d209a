import type { KeyRange } from '../../store/store.ts';
import type { IndexAccess, PlanNode } from '../accesses.ts';
import type { Plan } from '../plan.ts';
import { overlap } from '../regions.ts';

/** What a step of a plan does; the schema says what each means. */
export type PlanOperation =
  | 'INTERSECTION'
  | 'UNION'
  | 'DIFFERENCE'
  | 'RANGE'
  | 'TRANSACTION_IDS'
  | 'POSTINGS'
  | 'KEY_RANGE'
  | 'COINBASES'
  | 'TRANSACTIONS';

/** A step of a plan, and the positions at which it searches. */
export interface PlanStep {
  readonly operation: PlanOperation;
  /** 0 for the whole plan. */
  readonly depth: number;
  /** Null if it combines other steps. */
  readonly access: IndexAccess | null;
  readonly bounds: KeyRange;
  /** Whether what it finds is left out of the step above it. */
  readonly isExcluded: boolean;
  /** The steps that it combines. */
  readonly members: readonly PlanStep[];
}

/** The step that stands for a whole plan. */
export function rootStep({ root, bounds }: Plan): PlanStep {
  return stepOf(root, bounds, 0);
}

/** A step, and all steps within it, each before its members. */
export function inOrder(step: PlanStep): PlanStep[] {
  return [step, ...step.members.flatMap(inOrder)];
}

const OPERATIONS: Readonly<Record<IndexAccess['kind'], PlanOperation>> = {
  txid: 'TRANSACTION_IDS',
  posting: 'POSTINGS',
  span: 'KEY_RANGE',
  coinbases: 'COINBASES',
  chain: 'TRANSACTIONS',
};

function stepOf(node: PlanNode, bounds: KeyRange, depth: number): PlanStep {
  const within = (inner: PlanNode) => stepOf(inner, bounds, depth + 1);
  const combined = { depth, bounds, access: null, isExcluded: false };
  switch (node.op) {
    case 'access':
      return accessStep(node.access, bounds, depth, false);
    case 'and':
      return { ...combined, operation: 'INTERSECTION', members: node.of.map(within) };
    case 'or':
      return { ...combined, operation: 'UNION', members: node.of.map(within) };
    case 'within': {
      const inside = overlap(bounds, node.range) ?? node.range;
      return { ...combined, operation: 'RANGE', bounds: inside, members: [stepOf(node.inner, inside, depth + 1)] };
    }
    case 'without': {
      const excluded = node.excluded.map((access) => accessStep(access, bounds, depth + 1, true));
      return { ...combined, operation: 'DIFFERENCE', members: [within(node.inner), ...excluded] };
    }
  }
}

function accessStep(access: IndexAccess, bounds: KeyRange, depth: number, isExcluded: boolean): PlanStep {
  return { operation: OPERATIONS[access.kind], depth, access, bounds, isExcluded, members: [] };
}
