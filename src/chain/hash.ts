import { hash } from 'node:crypto';

/** SHA-256 of the bytes: 32 bytes of their own. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return digest('sha256', bytes);
}

/** Double SHA-256, Bitcoin's hash of headers, transactions and merkle nodes: 32 bytes of their own. */
export function hash256(bytes: Uint8Array): Uint8Array {
  return digest('sha256', digest('sha256', bytes));
}

/** RIPEMD-160 of SHA-256, Bitcoin's hash of keys and redeem scripts: 20 bytes of their own. */
export function hash160(bytes: Uint8Array): Uint8Array {
  return digest('ripemd160', digest('sha256', bytes));
}

/** Asks for text and turns it into bytes here: Node makes a string of 32 bytes much faster than a Buffer. */
function digest(algorithm: string, bytes: Uint8Array): Uint8Array {
  const text = hash(algorithm, bytes, 'binary');
  const result = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) result[i] = text.charCodeAt(i);
  return result;
}
