import { ByteReader, ByteWriter } from '../../chain/bytes.ts';

/** Counts, sizes (bytes) and sums (satoshis) of a block, known once all of its transactions are. */
export interface BlockTotals {
  readonly size: number;
  readonly strippedSize: number;
  readonly transactionCount: number;
  readonly inputCount: number;
  readonly outputCount: number;
  readonly outputValue: number;
  /** Null where a spent output is not known. */
  readonly fees: number | null;
}

export function encodeTotals(totals: BlockTotals): Uint8Array {
  return new ByteWriter(64)
    .compactSize(totals.size)
    .compactSize(totals.strippedSize)
    .compactSize(totals.transactionCount)
    .compactSize(totals.inputCount)
    .compactSize(totals.outputCount)
    .compactSize(totals.outputValue)
    .compactSize(totals.fees === null ? 0 : totals.fees + 1)
    .finish();
}

export function decodeTotals(bytes: Uint8Array): BlockTotals {
  const reader = new ByteReader(bytes);
  const totals = {
    size: reader.compactSize(),
    strippedSize: reader.compactSize(),
    transactionCount: reader.compactSize(),
    inputCount: reader.compactSize(),
    outputCount: reader.compactSize(),
    outputValue: reader.compactSize(),
  };
  const fees = reader.compactSize();
  return { ...totals, fees: fees === 0 ? null : fees - 1 };
}
