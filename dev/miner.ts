import { keyPairOf } from './key.ts';
import { witnessKeyHash } from './lock.ts';

/** Where `mine` sends its coins. */
export const MINER = witnessKeyHash(keyPairOf('miner'));
export const MINER_ADDRESS = MINER.address!;
