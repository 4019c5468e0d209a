import { ChainReader } from '../../src/query/reader.ts';
import type { ReadStore } from '../../src/store/store.ts';

/** The bodies of the POST requests that are sent to each server. */
export interface Questions {
  readonly small: string;
  readonly large: string;
}

export type Size = keyof Questions;
export const SIZES: readonly Size[] = ['small', 'large'];

const TRANSACTIONS = 50;
/** Far enough below the tip for a gateway to cache it. */
const DEEP = 10;

const LARGE = `query Block($height: Int!) {
  block(height: $height) {
    hash height time size transactionCount
    transactions(first: ${TRANSACTIONS}) {
      nodes {
        txid size fee
        inputs { previousTxid previousIndex sequence spentOutput { value address } }
        outputs { value address type }
      }
    }
  }
}`;

/** About the newest block that has enough transactions and lies deep below the tip. */
export async function questionsAbout(store: ReadStore): Promise<Questions> {
  const reader = await ChainReader.open(store);
  let height = reader.snapshot.tip!.height - DEEP;
  for (; ; height -= 1) {
    const block = await reader.blockAt(height);
    if (block === null) throw new Error('the chain has no block with enough transactions: make a longer one');
    if (block.totals.transactionCount >= TRANSACTIONS) break;
  }
  return {
    small: JSON.stringify({ query: '{ chain { network } }' }),
    large: JSON.stringify({ query: LARGE, variables: { height } }),
  };
}
