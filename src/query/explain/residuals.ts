import { mapKey } from '../../chain/bytes.ts';
import type { Network } from '../../chain/networks.ts';
import { postingPrefix } from '../../store/postings.ts';
import { type IndexAccess, leadOfPredicate, type PlanNode } from '../accesses.ts';
import { type FilterInput, parseFilter } from '../parse-filter.ts';

/** Members of a filter whose members are conditions of their own. */
const PARTS: ReadonlySet<string> = new Set([
  ...['outputs', 'inputs', 'data', 'pushes', 'items'],
  ...['lockingScript', 'unlockingScript', 'witness', 'revealedScript'],
]);
/** Conditions that the bounds of a plan meet. */
const BOUNDS: ReadonlySet<string> = new Set(['block', 'confirmed', 'removed']);

/** One condition of a filter, and a filter that has only this one. */
interface Leaf {
  /** Where it stands, such as `or[1].outputs[0].value`. */
  readonly path: string;
  readonly alone: FilterInput;
  readonly isNegated: boolean;
}

/**
 * The paths of the conditions that the accesses of a plan do not lead to, in the order of the filter. They are checked on each
 * transaction that the plan leads to. Without a plan: those that no index leads to.
 * @param filter a valid one
 */
export function residualConditions(filter: FilterInput, plan: PlanNode | null, network: Network): string[] {
  const [leading, excluding] = plan === null ? [null, null] : [namesOf(leadsIn(plan)), namesOf(excludedIn(plan))];
  const isMet = ({ alone, isNegated }: Leaf) => {
    const lead = leadOfPredicate(parseFilter(alone, network).predicate, { network, canUse: () => true });
    if (lead === null) return false;
    if (leading === null) return !isNegated;
    const known = isNegated ? excluding : leading;
    return [...namesOf(leadsIn(lead))].every((name) => known.has(name));
  };
  return [...leavesOf(filter, '', false)].filter((leaf) => !isMet(leaf)).map(({ path }) => path);
}

function* leavesOf(filter: FilterInput, path: string, isNegated: boolean): Generator<Leaf> {
  const { and, or, not, ...conditions } = filter;
  for (const [name, value] of Object.entries(conditions)) {
    const isBound = BOUNDS.has(name) && (name !== 'block' || !isNegated);
    if (value == null || isBound) continue;
    for (const [place, alone] of partsOf(name, value)) yield { path: path + place, alone, isNegated };
  }
  for (const [name, members] of Object.entries({ and, or })) {
    for (const [i, member] of (members ?? []).entries()) yield* leavesOf(member, `${path}${name}[${i}].`, isNegated);
  }
  if (not != null) yield* leavesOf(not, `${path}not.`, !isNegated);
}

/** The conditions in a member of a filter: the place of each, and the same member with only this one. */
function* partsOf(name: string, value: unknown): Generator<[place: string, alone: object]> {
  if (name === 'token') yield* tokenParts(value as object);
  else if (!PARTS.has(name)) yield [name, { [name]: value }];
  else if (!Array.isArray(value)) yield* within(value as object, name, (alone) => ({ [name]: alone }));
  else for (const [i, one] of value.entries()) yield* within(one, `${name}[${i}]`, (alone) => ({ [name]: [alone] }));
}

function* within(value: object, place: string, wrap: (alone: object) => object): Generator<[string, object]> {
  const members = Object.entries(value).filter(([, member]) => member != null);
  // A push about which nothing is said has to exist.
  if (members.length === 0) yield [place, wrap({})];
  for (const [name, member] of members) {
    for (const [part, alone] of partsOf(name, member)) yield [`${place}.${part}`, wrap(alone)];
  }
}

/** Category and commitment share a posting. */
function* tokenParts(token: object): Generator<[string, object]> {
  const { category, commitment, ...others } = token as Readonly<Record<string, unknown>>;
  const isWhole = category != null && commitment != null && 'equals' in (commitment as object);
  const pairs = isWhole ? [{ category, commitment }] : [{ category }, { commitment }];
  const parts = [...pairs, ...Object.entries(others).map(([name, value]) => ({ [name]: value }))];
  for (const part of parts) {
    const [[name, value]] = Object.entries(part) as [[string, unknown]];
    if (value != null) yield [`token.${name}`, { token: part }];
  }
}

function leadsIn(node: PlanNode): IndexAccess[] {
  if (node.op === 'access') return [node.access];
  return 'of' in node ? node.of.flatMap(leadsIn) : leadsIn(node.inner);
}

function excludedIn(node: PlanNode): IndexAccess[] {
  if (node.op === 'access') return [];
  if ('of' in node) return node.of.flatMap(excludedIn);
  return [...(node.op === 'without' ? node.excluded : []), ...excludedIn(node.inner)];
}

function namesOf(accesses: readonly IndexAccess[]): ReadonlySet<string> {
  return new Set(accesses.flatMap(accessNames));
}

function accessNames(access: IndexAccess): string[] {
  switch (access.kind) {
    case 'txid':
      return access.txids.map((txid) => `txid ${mapKey(txid)}`);
    case 'posting':
      return [`${access.posting} ${mapKey(postingPrefix(access.posting, access.key))}`];
    case 'span':
      return [`${access.posting} ${mapKey(access.span.range.min)} ${mapKey(access.span.range.max)}`];
    default:
      return [access.kind];
  }
}
