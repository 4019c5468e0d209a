import type {
  BlockConnectionResolvers,
  OutputConnectionResolvers,
  TransactionConnectionResolvers,
} from './resolver-types.ts';

/** A page comes with its edges; `nodes` are the same without cursors. */
function nodes<T>({ edges }: { readonly edges: readonly { readonly node: T }[] }): T[] {
  return edges.map(({ node }) => node);
}

export const BlockConnection: BlockConnectionResolvers = { nodes };
export const TransactionConnection: TransactionConnectionResolvers = { nodes };
export const OutputConnection: OutputConnectionResolvers = { nodes };
