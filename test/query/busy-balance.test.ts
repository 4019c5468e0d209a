import fc from 'fast-check';
import { expect, it } from 'vitest';
import { addUp } from '../../src/query/balance.ts';
import { ChainReader } from '../../src/query/reader.ts';
import { Budget } from '../../src/query/work.ts';
import { RowPacker } from '../../src/store/packed-rows.ts';
import { encodePosition } from '../../src/store/position.ts';
import { lockKey, POSTING_KINDS, writeLockSums } from '../../src/store/postings.ts';
import { RunStore } from '../../src/store/runs/run-store.ts';
import { Snapshot } from '../../src/store/snapshot.ts';
import { ChainWriter } from '../../src/store/writer.ts';
import { Random } from '../chain/random.ts';
import { MemoryDatabase } from '../support/memory-rows.ts';

const SCRIPTS = [Uint8Array.of(1), Uint8Array.of(2)];
/** Enough that each script has pages of its own. */
const HEIGHTS = 150;
const OF_BLOCK = 30;

/** A transaction that pays to one of the scripts. */
interface Payment {
  readonly height: number;
  readonly fork: number;
  readonly index: number;
  readonly script: number;
  readonly received: number | null;
  readonly spent: number;
}

/** Some heights have a second block; which one is on the main chain is up to the state. */
const chains = fc.record({
  seed: fc.integer(),
  forked: fc.uniqueArray(fc.nat(HEIGHTS - 1), { maxLength: 5 }),
  onSecond: fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
  /** Where one run ends and the next begins, and how far the next goes back: rows that two runs have. */
  cuts: fc.uniqueArray(fc.nat(HEIGHTS - 1), { maxLength: 6 }),
  overlap: fc.nat(30),
  tip: fc.integer({ min: 0, max: HEIGHTS - 1 }),
  lowest: fc.oneof(fc.constant(0), fc.nat(HEIGHTS / 2)),
  isSettled: fc.boolean(),
});

function paymentsOf(seed: number, forked: readonly number[]): Payment[] {
  const random = new Random(seed);
  const payments: Payment[] = [];
  for (let height = 0; height < HEIGHTS; height++) {
    for (const fork of forked.includes(height) ? [0, 1] : [0]) {
      // Some second blocks have no payment to the scripts.
      const count = fork === 1 && random.below(2) === 0 ? 0 : OF_BLOCK;
      for (let index = 0; index < count; index++) {
        const received = random.below(4) === 0 ? null : random.below(1e12);
        payments.push({
          height,
          fork,
          index,
          script: random.below(SCRIPTS.length),
          received,
          spent: random.below(2) * random.below(1e12),
        });
      }
    }
  }
  return payments;
}

function postingsOf(payments: readonly Payment[]) {
  const postings = new RowPacker();
  for (const { script, received, spent, ...position } of payments) {
    postings.bytes.u8(POSTING_KINDS.lock.tag).bytes(lockKey(SCRIPTS[script]!)).bytes(encodePosition(position));
    writeLockSums(received, spent, postings.endKey().bytes);
    postings.endRow();
  }
  return postings.finish();
}

it('a balance is the sum of all payments that the snapshot sees, whatever runs and pages they are in', async () => {
  await fc.assert(
    fc.asyncProperty(chains, async ({ seed, forked, onSecond, cuts, overlap, tip, lowest, isSettled }) => {
      const payments = paymentsOf(seed, forked);
      const store = new RunStore(new MemoryDatabase(new Random(seed)).open().rows, { partRows: 1 });
      const writer = await ChainWriter.acquire(store, {
        network: 'btc-regtest',
        start: 0,
        holder: 'one',
        leaseMs: 60_000,
      });
      const bounds = [0, ...cuts.sort((a, b) => a - b), HEIGHTS];
      for (let i = 1; i < bounds.length; i++) {
        const some = payments.filter(({ height }) => bounds[i - 1]! - overlap <= height && height < bounds[i]!);
        // A second block often comes after others were written.
        for (const fork of [0, 1]) {
          const ofFork = some.filter((payment) => payment.fork === fork);
          if (ofFork.length > 0) await store.write(new Map([['postings', postingsOf(ofFork)]]));
        }
      }
      if (isSettled) await store.settle();
      const forks = Object.fromEntries(forked.filter((_, i) => onSecond[i]).map((height) => [height, 1]));
      const coverage = [[Math.min(lowest, tip), tip] as const];
      await writer.commit({ tip: { height: tip, hash: '00'.repeat(32) }, forks, coverage });
      const reader = await ChainReader.open(store);
      for (const past of [tip, Math.floor(tip / 2)]) {
        const at = ChainReader.at(store, Snapshot.latest(writer.state).past({ height: past, hash: '' }));
        for (const [script, lockingScript] of SCRIPTS.entries()) {
          const seen = payments.filter(
            ({ height, fork, script: of }) =>
              of === script && coverage[0]![0] <= height && height <= past && fork === (forks[height] ?? 0),
          );
          const expected = {
            received: seen.reduce((sum, { received }) => sum + (received ?? 0), 0),
            spent: seen.reduce((sum, { spent }) => sum + spent, 0),
            transactionCount: seen.length,
          };
          const found = await addUp(past === tip ? reader : at, [lockingScript], new Budget(1_000_000));
          expect(found.whole).toEqual(expected);
        }
      }
      await store.close();
    }),
    { numRuns: 15, endOnFailure: true },
  );
});
