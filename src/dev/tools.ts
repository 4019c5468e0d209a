import type { CoreCalls } from './core-calls.ts';
import type { Purse } from './purse.ts';
import type { Sequences } from './sequences.ts';

/** What actions on a chain work with. */
export interface Tools {
  readonly calls: CoreCalls;
  readonly purse: Purse;
  readonly sequences: Sequences;
}
