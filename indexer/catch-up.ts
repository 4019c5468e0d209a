import type { BlockRef } from '../src/store/state.ts';
import type { ChainWriter } from '../src/store/writer.ts';
import { type StoredBlock, storedAbove, storedBlock } from './chain/chain-change.ts';
import { contextAfter, contextBefore } from './chain/context.ts';
import { forkPoint, isOnInvalidBranch } from './chain/fork-point.ts';
import { type PlacedBlock, recordForks } from './chain/placed-blocks.ts';
import type { WriterContext } from './commit.ts';
import { beginAtTip, lacksHistory } from './history.ts';
import type { ChainNode } from './node/node.ts';
import { nodeLacksOutputs, storeLacksOutputs } from './outputs/spent-outputs.ts';
import type { IndexerLog } from './progress.ts';
import { indexStretch, type StretchOptions } from './stretch.ts';

/** A branch that replaces other blocks and is longer by this many is committed before the node's tip is reached. */
const FAR_AHEAD = 100;

/**
 * Brings the index to the node's tip: from the last shared block on, the node's blocks are written in groups and
 * committed. A branch that replaces other blocks becomes visible at once.
 */
export async function catchUp(target: BlockRef, context: WriterContext): Promise<void> {
  const { writer, committer, parts } = context;
  const { store, node, log } = parts;
  const { start, coverage, tip } = writer.state;
  const shared = await forkPoint(target, writer.state, store, node);
  if (shared === null && lacksHistory(writer)) return beginAtTip(target, context);
  if (shared?.hash === target.hash) return takeBackIfInvalid(target, context);
  const before = shared === null ? await contextBefore(start, node) : await contextAfter(shared, store, node);
  const lowest = shared === null ? start : (coverage[0]?.[0] ?? start);
  const forks = { ...writer.state.forks };
  let disconnected = await storedAbove(shared, writer.state, store);
  let connected: StoredBlock[] = [];
  await indexStretch(before, target.height, {
    ...parts,
    ...outputSources(writer, node),
    onWritten: async ({ ended, transactions }) => {
      recordForks(ended, forks);
      connected.push(...ended.map(storedBlock));
      const last = ended.at(-1);
      if (last !== undefined && isWorthCommitting(last, target, disconnected.length > 0 ? tip : null)) {
        const { height, hash } = last;
        const upToHere = Object.fromEntries(Object.entries(forks).filter(([at]) => Number(at) <= height));
        const after = { tip: { height, hash }, forks: upToHere, coverage: [[lowest, height] as const] };
        await committer.commitChain({ after, disconnected, connected, isNodeTip: hash === target.hash });
        logReorganisation(disconnected, after.tip, log);
        disconnected = [];
        connected = [];
      }
      context.onProgress(transactions);
    },
  });
}

/** A node whose tip is below the index's is either behind, and will catch up, or considers the blocks above invalid. */
async function takeBackIfInvalid(target: BlockRef, context: WriterContext): Promise<void> {
  const { writer, committer, live, parts } = context;
  const { store, log } = parts;
  const { state } = writer;
  if (live === null || !(await isOnInvalidBranch(state.tip!, target, state.node, live))) return;
  const disconnected = await storedAbove(target, state, store);
  const forks = Object.fromEntries(Object.entries(state.forks).filter(([at]) => Number(at) <= target.height));
  const after = { tip: target, forks, coverage: [[state.coverage[0]![0], target.height] as const] };
  await committer.commitChain({ after, disconnected, connected: [], isNodeTip: true });
  logReorganisation(disconnected, target, log);
  context.onProgress(0);
}

function logReorganisation(disconnected: readonly StoredBlock[], { height, hash }: BlockRef, log: IndexerLog): void {
  if (disconnected.length === 0) return;
  const lowest = disconnected.at(-1)!.height;
  log.info(`Reorganisation: the blocks from ${lowest} on were replaced; the tip is now block ${height}, ${hash}.`);
}

/** @param replaced the tip of the replaced blocks; null if none are replaced */
function isWorthCommitting(last: PlacedBlock, target: BlockRef, replaced: BlockRef | null): boolean {
  if (last.hash === target.hash) return true;
  return replaced === null || last.height > replaced.height + FAR_AHEAD;
}

/** An index from the first block on has all outputs in its store; for others, the node knows more. */
function outputSources(writer: ChainWriter, node: ChainNode): Pick<StretchOptions, 'sources' | 'onUnknown'> {
  const sources: StretchOptions['sources'] = node.hasUndo ? ['node', 'store'] : ['store', 'node'];
  if (writer.state.start > 0) return { sources, onUnknown: () => {} };
  if (lacksHistory(writer)) return { sources, onUnknown: nodeLacksOutputs };
  return { sources: node.hasUndo ? sources : ['store'], onUnknown: storeLacksOutputs };
}
