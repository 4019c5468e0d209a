/**
 * The longest bytes that Node searches for in linear time: its tables cover no more (`kBMMaxShift` of its `StringSearch`), and
 * behind them it compares all bytes again at each place.
 */
const COVERED_BY_NODE = 250;

/** Whether some bytes contain others. Takes linear time, also for data that was made to be slow. */
export function containsBytes(bytes: Uint8Array, wanted: Uint8Array): boolean {
  if (wanted.length > bytes.length) return false;
  if (wanted.length <= COVERED_BY_NODE) return Buffer.prototype.indexOf.call(bytes, wanted) >= 0;
  return containsLong(bytes, wanted, longestBorders(wanted));
}

/** The search of Knuth, Morris and Pratt: no byte is looked at again. */
function containsLong(bytes: Uint8Array, wanted: Uint8Array, borders: Uint32Array): boolean {
  let length = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    while (length > 0 && wanted[length] !== byte) length = borders[length - 1]!;
    if (wanted[length] === byte) length += 1;
    if (length === wanted.length) return true;
  }
  return false;
}

/** For the beginning up to each byte: the length of the longest shorter beginning that it ends with. */
function longestBorders(wanted: Uint8Array): Uint32Array {
  const borders = new Uint32Array(wanted.length);
  for (let i = 1, length = 0; i < wanted.length; i++) {
    while (length > 0 && wanted[length] !== wanted[i]) length = borders[length - 1]!;
    if (wanted[length] === wanted[i]) length += 1;
    borders[i] = length;
  }
  return borders;
}
