import { CoinbaseBranch } from './coinbase-branch.ts';
import type { MadeTransaction } from './transaction-maker.ts';

/** What header and coinbase must know of a block's other transactions. */
export class BlockContents {
  readonly txids = new CoinbaseBranch();
  readonly wtxids = new CoinbaseBranch();
  count = 0;
  inputs = 0;
  outputs = 0;
  bytes = 0;
  fees = 0;

  add({ bytes, txid, wtxid, fee, inputCount, outputCount }: MadeTransaction): void {
    this.txids.add(txid);
    this.wtxids.add(wtxid);
    this.count += 1;
    this.inputs += inputCount;
    this.outputs += outputCount;
    this.bytes += bytes.length;
    this.fees += fee;
  }
}
