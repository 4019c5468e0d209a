import type { ApiKey, Grant, GrantRequest, Return } from '../access-store.ts';

/** Calls that the worker thread understands: arguments and result of each. */
export interface AccessCalls {
  addKey: { args: ApiKey; result: boolean };
  findKey: { args: string; result: ApiKey | null };
  keys: { args: null; result: ApiKey[] };
  removeKey: { args: string; result: null };
  markUsed: { args: { id: string; at: number }; result: null };
  grant: { args: GrantRequest; result: Grant };
  takeBack: { args: Return; result: null };
  close: { args: null; result: null };
}
