import { hash } from 'node:crypto';

/** SHA-256 of the bytes: 32 new bytes. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return digest('sha256', bytes);
}

/** The first bytes of the SHA-256. */
export function sha256Prefix(bytes: Uint8Array, length: number): Uint8Array {
  return bytesOf(hash('sha256', bytes, 'binary'), length);
}

/** Double SHA-256, Bitcoin's hash of headers, transactions and merkle nodes: 32 new bytes. */
export function hash256(bytes: Uint8Array): Uint8Array {
  return digest('sha256', digest('sha256', bytes));
}

/** RIPEMD-160 of SHA-256, Bitcoin's hash of keys and redeem scripts: 20 new bytes. */
export function hash160(bytes: Uint8Array): Uint8Array {
  return digest('ripemd160', digest('sha256', bytes));
}

/** Asks for a text and converts it to bytes here: Node makes a string of 32 characters much faster than a Buffer. */
function digest(algorithm: string, bytes: Uint8Array): Uint8Array {
  const text = hash(algorithm, bytes, 'binary');
  return bytesOf(text, text.length);
}

function bytesOf(text: string, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
