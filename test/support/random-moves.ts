import fc from 'fast-check';
import { hashToHex } from '../../src/chain/bytes.ts';
import { hash256 } from '../../src/chain/hash.ts';
import { dataOffset } from '../../src/chain/script.ts';
import { idOf, type MadeTransaction, type Moment, type MovingChain, outpointOf } from './moving-chain.ts';
import {
  dataScript,
  type MadeInput,
  type MadeOutput,
  PLAIN_SCRIPTS,
  p2pkhScript,
  pushScript,
} from './synthetic-chain.ts';

export const MOVE_KEYS = 3;
export const MOVE_WORDS = ['ab', 'abcd', 'abcdefgh', 'zz'] as const;

const KINDS = ['arrive', 'arrive', 'mine', 'leave', 'replace', 'reorganise', 'restart', 'sweep'] as const;

/** A change of a chain or its mempool. The numbers choose among the possibilities. */
export interface Move {
  readonly kind: (typeof KINDS)[number];
  readonly n: number;
  readonly m: number;
}

export const moveOf: fc.Arbitrary<Move> = fc.record({
  kind: fc.constantFrom(...KINDS),
  n: fc.nat(1_000_000),
  m: fc.nat(1_000_000),
});

/** Makes a move, as far as it is possible. */
export async function perform(chain: MovingChain, { kind, n, m }: Move): Promise<void> {
  const { blocks, pending } = chain.now;
  const chosen = pending[n % (pending.length || 1)];
  switch (kind) {
    case 'arrive':
      return chain.commit({ arrive: newTransactions(chain, n, m) });
    case 'mine':
      return mine(chain, n, m);
    case 'leave':
      if (chosen === undefined) return;
      return chain.commit({ leave: [{ id: idOf(chosen.transaction), reason: 'evicted' }] });
    case 'replace': {
      if (chosen === undefined) return;
      const by = rival(chain, chosen, m);
      const leave = { id: idOf(chosen.transaction), reason: 'replaced', by: idOf(by.transaction) } as const;
      return chain.commit({ arrive: [by], leave: [leave] });
    }
    case 'reorganise':
      return reorganise(chain, Math.min(1 + (n % 2), blocks.length - 1), m);
    case 'restart':
      return chain.restart(newTransactions(chain, n, m));
    case 'sweep':
      return chain.sweep();
  }
}

/** Some pending transactions go into a block. A new transaction in it may conflict with others that are pending. */
function mine(chain: MovingChain, n: number, m: number): Promise<void> {
  const { blocks, pending } = chain.now;
  const confirmed = transactionsOf(blocks);
  const taken = withParents(
    pending.filter((_, i) => (n >> (i % 20)) & 1),
    confirmed,
  );
  const [victim] = withParents(
    pending.filter((one) => !taken.includes(one)),
    [...confirmed, ...taken],
  );
  if (victim === undefined || m % 2 === 0) return chain.commit({ connect: [taken] });
  const winner = rival(chain, victim, m);
  const leave = { id: idOf(victim.transaction), reason: 'conflict', by: idOf(winner.transaction) } as const;
  return chain.commit({ connect: [[...taken, winner]], leave: [leave] });
}

/** The transactions whose outputs can be spent: those of the first block cannot. */
function transactionsOf(blocks: Moment['blocks']): MadeTransaction[] {
  return blocks.slice(1).flatMap(({ transactions }) => transactions);
}

/**
 * The chosen transactions that spend outputs of the given and the chosen ones, or outputs that nobody knows: a block cannot have
 * others. In any order.
 */
function withParents(chosen: readonly MadeTransaction[], given: readonly MadeTransaction[]): MadeTransaction[] {
  const known = new Set([...given, ...chosen].map(({ transaction }) => idOf(transaction)));
  const can = chosen.filter(({ transaction: { inputs }, spent }) =>
    inputs.every(({ previousTxid }, i) => spent[i] === null || known.has(hashToHex(previousTxid))),
  );
  return can.length === chosen.length ? can : withParents(can, given);
}

/** Some transactions of the removed blocks are in the new blocks, and others are pending again. */
async function reorganise(chain: MovingChain, depth: number, m: number): Promise<void> {
  if (depth < 1) return;
  const { blocks, pending } = chain.now;
  const kept = transactionsOf(blocks.slice(0, -depth));
  const lost = blocks.slice(-depth).flatMap(({ transactions }) => transactions.slice(1));
  const again = withParents(
    lost.filter((_, i) => (m >> (i % 20)) & 1),
    kept,
  );
  const arrive = withParents(
    lost.filter((one) => !again.includes(one)),
    [...kept, ...again, ...pending],
  );
  const connect = [again, ...Array.from({ length: depth }, () => [])];
  return chain.commit({ disconnect: depth, connect, arrive });
}

/** Up to three transactions, which spend unspent outputs if there are any. */
function newTransactions(chain: MovingChain, n: number, m: number): MadeTransaction[] {
  const unspent = unspentOf(chain.now);
  return Array.from({ length: 1 + (n % 3) }, (_, i) => {
    const [input] = unspent.splice((m + i) % (unspent.length || 1), 1);
    const nowhere = { txid: hash256(Uint8Array.of(n & 0xff, m & 0xff, i)), index: n + i };
    return chain.make([{ ...(input ?? nowhere), ...unlockedBy(n + i) }], outputsOf(n + i, m));
  });
}

function rival(chain: MovingChain, { transaction }: MadeTransaction, m: number): MadeTransaction {
  const inputs = transaction.inputs.map(({ previousTxid, previousIndex }) => ({
    txid: previousTxid,
    index: previousIndex,
  }));
  return chain.make(inputs, outputsOf(m, m));
}

/** An unlocking script that may push words, and a low or the highest sequence number. */
function unlockedBy(n: number): Pick<MadeInput, 'unlockingScript' | 'sequence'> {
  const words = MOVE_WORDS.filter((_, i) => (n >> (i + 4)) & 1).map((word) => new TextEncoder().encode(word));
  return { unlockingScript: pushScript(words), sequence: n % 5 === 0 ? n % 4 : 0xffff_ffff };
}

/** Outputs have no value, so that no transaction pays more than it spends. */
function outputsOf(n: number, m: number): MadeOutput[] {
  const payments = Array.from({ length: n % 3 }, (_, i) => ({
    value: 0,
    script: (n + m) % 4 === 0 ? PLAIN_SCRIPTS[(m + i) % PLAIN_SCRIPTS.length]! : p2pkhScript((m + i) % MOVE_KEYS),
  }));
  const words = MOVE_WORDS.filter((_, i) => (n >> i) & 1).map((word) => new TextEncoder().encode(word));
  return words.length === 0 ? payments : [...payments, { value: 0, script: dataScript(words) }];
}

/** The visible outputs that are unspent. */
function unspentOf({ blocks, pending }: Moment): MadeInput[] {
  const all = [...transactionsOf(blocks), ...pending].map(({ transaction }) => transaction);
  const spent = new Set(all.flatMap(({ inputs }) => inputs.map((i) => outpointOf(i.previousTxid, i.previousIndex))));
  return all.flatMap(({ txid, outputs }) =>
    outputs.flatMap(({ lockingScript }, index) =>
      dataOffset(lockingScript) === 0 && !spent.has(outpointOf(txid, index)) ? [{ txid, index }] : [],
    ),
  );
}
