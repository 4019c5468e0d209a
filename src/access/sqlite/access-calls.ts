import type { ApiKey, Count } from '../access-store.ts';

/** Calls that the worker thread understands: arguments and result of each. */
export interface AccessCalls {
  addKey: { args: ApiKey; result: boolean };
  findKey: { args: string; result: ApiKey | null };
  keys: { args: null; result: ApiKey[] };
  removeKey: { args: string; result: null };
  markUsed: { args: { id: string; at: number }; result: null };
  count: { args: { name: string; points: number; seconds: number }; result: Count };
  close: { args: null; result: null };
}
