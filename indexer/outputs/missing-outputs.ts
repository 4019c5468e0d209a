import { BitqlError } from '../../src/errors.ts';

/** A block of which an output that it spends is nowhere to be found. Its hash is display-order hex. */
interface NamedBlock {
  readonly hash: string;
}

/** @throws NODE_REFUSED always: the store need not have the output, and the node does not return it */
export function nodeLacksOutputs({ hash }: NamedBlock): never {
  throw new BitqlError(
    'NODE_REFUSED',
    `The node cannot report the outputs that block ${hash} spends. That takes getblock with verbosity 3, REST spenttxouts, or ` +
      '-txindex. Use such a node, or its block files (--blocks), or a new store without --from tip.',
  );
}

/** @throws STORE_DAMAGED always: the store holds the chain from the start, so it must have the output */
export function storeLacksOutputs({ hash }: NamedBlock): never {
  throw new BitqlError(
    'STORE_DAMAGED',
    `The store lacks an output that block ${hash} spends, although it has the chain from the start: index into a new store.`,
  );
}
