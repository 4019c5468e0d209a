import { concatBytes } from '../src/chain/bytes.ts';
import { OP_RETURN } from '../src/chain/script.ts';
import { push } from './push.ts';

/** A locking script that carries data: OP_RETURN and each item in its shortest push; a text as UTF-8. */
export function opReturn(...items: readonly (string | Uint8Array)[]): Uint8Array {
  const bytes = items.map((item) => (typeof item === 'string' ? new TextEncoder().encode(item) : item));
  return concatBytes(Uint8Array.of(OP_RETURN), ...bytes.map(push));
}
