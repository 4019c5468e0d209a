import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ByteWriter } from '../../src/chain/byte-writer.ts';
import { concatBytes } from '../../src/chain/bytes.ts';
import { type NetworkId, networkById } from '../../src/chain/networks.ts';

/** Writes blocks as bitcoind keeps them, into one file of a new folder. */
export function writeBlockFolder(folder: string, blocks: readonly Uint8Array[], network: NetworkId): void {
  const { magic } = networkById(network);
  const records = blocks.flatMap((block) => [magic, new ByteWriter(4).u32(block.length).finish(), block]);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'blk00000.dat'), concatBytes(...records));
}
