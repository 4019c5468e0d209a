import type { BlockRef } from '../src/store/state.ts';
import { contextBefore, contextBehind } from './context.ts';
import { forkPoint } from './fork-point.ts';
import { beginAtTip } from './history.ts';
import { type Indexing, lacksHistory, lacksOutputs, lostOutputs, recordForks } from './indexing.ts';
import { indexStretch, type StretchOptions } from './stretch.ts';

/**
 * Brings the index to the node's tip: from the last shared block on, the node's blocks are written in groups and
 * committed. A branch that replaces other blocks becomes visible at once, as soon as it is longer than they were or
 * the node has no more of it.
 */
export async function catchUp(target: BlockRef, indexing: Indexing): Promise<void> {
  const { writer, store, node } = indexing;
  const { start, coverage } = writer.state;
  const shared = await forkPoint(target, writer.state, store, node);
  if (shared === null && lacksHistory(writer)) return beginAtTip(target, indexing);
  const before = shared === null ? await contextBefore(start, node) : await contextBehind(shared, store, node);
  const lowest = shared === null ? start : (coverage[0]?.[0] ?? start);
  const forks = { ...writer.state.forks };
  await indexStretch(before, target.height, {
    ...indexing,
    ...outputSources(indexing),
    onWritten: async ({ ended, transactions }) => {
      recordForks(ended, forks);
      const last = ended.at(-1);
      if (last !== undefined && (last.hash === target.hash || last.height > (writer.state.tip?.height ?? -1))) {
        const { height, hash } = last;
        const upToHere = Object.fromEntries(Object.entries(forks).filter(([at]) => Number(at) <= height));
        await writer.commit({ tip: { height, hash }, forks: upToHere, coverage: [[lowest, height]] });
      }
      indexing.onProgress(transactions);
    },
  });
}

/** An index from the first block on finds all in its store; of others the node knows more. */
function outputSources({ writer, node }: Indexing): Pick<StretchOptions, 'sources' | 'onUnknown'> {
  const sources: StretchOptions['sources'] = node.hasUndo ? ['node', 'store'] : ['store', 'node'];
  if (writer.state.start > 0) return { sources, onUnknown: () => {} };
  if (lacksHistory(writer)) return { sources, onUnknown: lacksOutputs };
  return { sources: node.hasUndo ? sources : ['store'], onUnknown: lostOutputs };
}
