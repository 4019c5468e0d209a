import type { Landmarks } from '../crafted-chain.ts';
import { byPath, type Shape } from '../shape.ts';
import { unknownTxid } from './texts.ts';

/** Bytes of transactions by their paths. */
export function bytes({ txids, outputs, text, pushes }: Landmarks): Shape[] {
  const raw = (txid: string) => `/tx/${txid}/raw`;
  return [
    ...byPath(true, { 'bytes of a transaction': (turn) => raw(txids[turn % txids.length]!) }),
    ...byPath(true, { 'bytes, unchanged': raw(txids[0]!) }, { 'if-none-match': '*' }),
    ...byPath(false, {
      'bytes of 90,000 outputs': raw(outputs),
      'bytes of a push of 1 MB': `/tx/${text}/output/0/push/0`,
      'bytes of the last of 98,000 pushes': `/tx/${pushes}/output/0/push/97999`,
      'bytes of a push that is none': `/tx/${pushes}/output/0/push/999999`,
      'bytes of nothing': (turn) => raw(unknownTxid(turn, 'bytes')),
      'bytes of no path': '/tx/nothing',
    }),
    ...byPath(false, { 'bytes, one of 90,000 outputs': raw(outputs) }, { range: 'bytes=3000000-3000000' }),
  ];
}
