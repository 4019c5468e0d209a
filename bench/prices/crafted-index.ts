import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Sandbox } from '../../dev/sandbox.ts';
import { until } from '../../dev/until.ts';
import { encodeEventCursor, endOfEvent } from '../../src/live/live-event.ts';
import { endOf } from '../../src/store/event-log.ts';
import { openStore } from '../../src/store/open.ts';
import { Snapshot } from '../../src/store/snapshot.ts';
import { decodeState } from '../../src/store/state.ts';
import { BITQL, cleanEnvironment } from '../../test/cli/support.ts';
import { type CraftedChain, LATE_FILE, type Late } from './crafted-chain.ts';
import { LateNode } from './late-node.ts';

/** An index as gateways serve it. */
export interface CraftedIndex {
  /** In the form of `--store`. */
  readonly location: string;
  /** A cursor before all events of transactions. */
  readonly cursor: string;
}

/** Indexes a chain as usual: first from its block files, then from a node that adds blocks. */
export async function indexOf({ folder, network }: CraftedChain, sandbox: Sandbox): Promise<CraftedIndex> {
  const file = join(sandbox.folder, 'chain.db');
  const location = `sqlite:${file}`;
  const own = ['--store', location, '--log-level', 'warn'];
  const imports = ['import', folder, '--network', network, ...own];
  execFileSync(process.execPath, [BITQL, ...imports], { env: cleanEnvironment(), stdio: 'inherit' });
  const late: Late = JSON.parse(readFileSync(join(folder, LATE_FILE), 'utf8'));
  await using node = await LateNode.start(late);
  const indexes = ['index', '--node', node.url, '--poll', '100', ...own];
  const indexer = sandbox.start('indexer', process.execPath, [BITQL, ...indexes], cleanEnvironment());
  const store = await openStore({ kind: 'sqlite', file }, { cacheMiB: 8 });
  const caughtUp = () =>
    until('the index to be where its node is', async () => {
      if (indexer.result !== undefined) throw new Error(`the indexer ended:\n${indexer.output()}`);
      const state = decodeState((await store.readState())!.value);
      const { tip, pending } = node.state;
      const isThere = state.logStart !== null && state.tip?.hash === tip && state.mempool?.count === pending;
      return isThere ? Snapshot.latest(state) : null;
    });
  const { commit, state } = await caughtUp();
  node.goOn();
  await caughtUp();
  node.replace();
  await caughtUp();
  indexer.kill('SIGTERM');
  await indexer.ended;
  await store.close();
  return { location, cursor: encodeEventCursor(endOfEvent(endOf(commit), state)) };
}
