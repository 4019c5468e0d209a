import type { Mined, Reorganised } from '../../dev/actions/blocks.ts';
import type { DoubleSpent, Replaced } from '../../dev/actions/conflict.ts';
import type { Evicted } from '../../dev/actions/evict.ts';
import type { DataSent, Sent } from '../../dev/actions/payments.ts';
import { counted } from '../../src/counted.ts';

/* The results of actions in words, in one line or a few. */

export function minedLines({ blocks, height }: Mined): string[] {
  return [`Mined ${counted(blocks.length, 'block')}: the tip is ${height} ${blocks.at(-1)}.`];
}

export function reorganisedLines({ fork, stale, blocks, pendingAgain }: Reorganised): string[] {
  const tip = `the tip is ${fork.height + blocks.length} ${blocks.at(-1)}`;
  const replaced = `Replaced ${counted(stale.length, 'block')} by ${blocks.length} others: ${tip}.`;
  if (pendingAgain.length === 0) return [replaced];
  return [`${replaced} Pending again: ${counted(pendingAgain.length, 'transaction')}.`];
}

export function sentLines({ txid, to, value, fee, minedFirst }: Sent): string[] {
  return lines(minedFirst, false, `Sent ${value} satoshis to ${to} for a fee of ${fee}: ${txid}`);
}

export function dataLines({ txid, bytes, pushes, block, refusal, minedFirst }: DataSent): string[] {
  const data = `${counted(bytes, 'byte')} of data${pushes === 1 ? '' : ` in ${pushes} pushes`}`;
  const sent =
    block === null
      ? `Sent ${data}: ${txid}`
      : `The node does not relay ${data} (${refusal}), so generateblock mined them into ${block}: ${txid}`;
  return lines(minedFirst, false, sent);
}

export function doubleSpentLines({ txid, by, block, alsoGone, minedFirst, sentFirst }: DoubleSpent): string[] {
  const line = `${txid} lost its coins to ${by}, which is in block ${block}.${others(alsoGone)}`;
  return lines(minedFirst, sentFirst, line);
}

export function replacedLines({ txid, by, fee, replacedFees, alsoGone, minedFirst, sentFirst }: Replaced): string[] {
  const line = `${txid} was replaced by ${by}, which pays ${fee} instead of ${replacedFees}.${others(alsoGone)}`;
  return lines(minedFirst, sentFirst, line);
}

export function evictedLines({ txid, fillers, alsoGone, minedFirst, sentFirst }: Evicted): string[] {
  const [stay, are] = fillers.length === 1 ? ['stays', 'it is'] : ['stay', 'they are'];
  const left = `${counted(fillers.length, 'transaction')} that filled the mempool ${stay} there until ${are} mined`;
  return lines(minedFirst, sentFirst, `${txid} was evicted.${others(alsoGone)} ${left}.`);
}

function lines(minedFirst: readonly string[], sentFirst: boolean, line: string): string[] {
  const mined = `There was no coin to spend: mined ${counted(minedFirst.length, 'empty block')} first.`;
  return [
    ...(minedFirst.length === 0 ? [] : [mined]),
    ...(sentFirst ? ['Nothing was pending: sent a payment first.'] : []),
    line,
  ];
}

function others(alsoGone: readonly string[]): string {
  return alsoGone.length === 0 ? '' : ` Also removed: ${counted(alsoGone.length, 'transaction')}.`;
}
