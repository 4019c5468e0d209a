import type { Snapshot } from '../../store/snapshot.ts';
import type { BalanceResolvers } from './resolver-types.ts';

export const Balance: BalanceResolvers = {
  unspent: ({ received, spent }, _, { reader }) => (isComplete(reader.snapshot) ? received - spent : null),
};

/** Whether the index holds every block up to its tip, so that no payment can be missing. */
function isComplete({ state: { coverage }, tip }: Snapshot): boolean {
  const [first, ...others] = coverage;
  return tip !== null && first !== undefined && others.length === 0 && first[0] === 0 && first[1] >= tip.height;
}
