import { counted } from '../src/counted.ts';
import {
  type ChainStatus,
  chainStatus,
  type FamilyStatus,
  familyStatuses,
} from '../src/gateway/observe/chain-status.ts';
import type { ValuesOf } from '../src/settings/option.ts';
import { redact } from '../src/settings/redact.ts';
import { Snapshot } from '../src/store/snapshot.ts';
import { decodeState, type WriterProgress } from '../src/store/state.ts';
import type { ChainStore } from '../src/store/store.ts';
import type { STORE_SETTINGS } from './command-settings.ts';
import { describeStore, openForReading } from './open-store.ts';
import { speed } from './progress.ts';
import { linesOf, styled, type Terminal } from './terminal.ts';

/** The output of `--json`. */
interface IndexStatus extends ChainStatus {
  readonly store: string;
  readonly network: string;
  /** The lowest height of the index when it is complete. */
  readonly start: number;
  /** The families of postings that not every index has. */
  readonly indexes: readonly FamilyStatus[];
  /** The node's user agent; null if it was never reached. */
  readonly node: string | null;
  /** When the indexer last reached its node, in ISO 8601. */
  readonly seenAt: string | null;
  /** The indexer at work (host:process); null if there is none. */
  readonly indexer: string | null;
  /** The progress of the indexer some seconds ago; null if none is running, or it has nothing to do. */
  readonly progress: WriterProgress | null;
}

/** Prints what an index contains, for people or as JSON. */
export async function printIndexStatus(
  options: ValuesOf<typeof STORE_SETTINGS> & { readonly json: boolean },
  terminal: Terminal,
): Promise<void> {
  const store = await openForReading(options.store, options.sqliteCache);
  try {
    const found = await readStatus(store, redact(describeStore(options.store)));
    if (options.json) terminal.printAll(linesOf(JSON.stringify(found, null, 2)));
    else if (found === null) terminal.print('The store is empty: "bitql index" fills it.');
    else printStatus(found, terminal);
  } finally {
    await store.close();
  }
}

async function readStatus(store: ChainStore, name: string): Promise<IndexStatus | null> {
  const [record, now] = await Promise.all([store.readState(), store.now()]);
  if (record === null) return null;
  const state = decodeState(record.value);
  const { lease, node, network, start, progress } = state;
  const isAtWork = lease !== null && lease.until > now;
  return {
    store: name,
    network,
    start,
    ...chainStatus(Snapshot.latest(state)),
    indexes: familyStatuses(state),
    node: node?.version ?? null,
    seenAt: node === null ? null : new Date(node.at).toISOString(),
    indexer: isAtWork ? lease.holder : null,
    progress: isAtWork ? progress : null,
  };
}

function printStatus(found: IndexStatus, terminal: Terminal): void {
  const lines: [label: string, value: string][] = [
    ['store', found.store],
    ['network', found.network],
    ['tip', found.tip === null ? `no block yet: starts at ${found.start}` : `${found.tip.height} ${found.tip.hash}`],
    ['node tip', found.nodeTip === null ? 'never reached' : `${found.nodeTip.height} ${found.nodeTip.hash}`],
    ['lag', found.lag === null ? 'unknown' : `${counted(found.lag, 'block')}${found.synced ? ', synced' : ''}`],
    ['coverage', rangesOf(found.coverage)],
    ...found.indexes.map(({ name, coverage }): [string, string] => [name, rangesOf(coverage)]),
    ['node', found.node === null ? 'unknown' : `${found.node}, seen ${found.seenAt}`],
    ['indexer', found.indexer ?? 'none is running'],
    ...(found.progress === null ? [] : [['progress', speed(found.progress)] as [string, string]]),
  ];
  for (const [label, value] of lines) terminal.print([styled('bold', label.padEnd(10)), value]);
}

function rangesOf(coverage: ChainStatus['coverage']): string {
  return coverage.map(({ from, to }) => `${from} to ${to}`).join(', ') || 'nothing yet';
}
