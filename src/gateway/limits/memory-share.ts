import { totalmem } from 'node:os';

/**
 * A share of the memory that this process may have: of what its container is given, else of the machine's; and no more than so
 * many bytes.
 */
export function memoryShare(share: number, most: number): number {
  const constrained = process.constrainedMemory();
  const available = constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
  return Math.min(most, Math.floor(share * available));
}
