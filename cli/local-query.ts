import type { GraphqlRequest } from '../src/client/ask.ts';
import { executeQuery } from '../src/gateway/graphql/apollo.ts';
import type { ValuesOf } from '../src/settings/option.ts';
import type { LOG_SETTINGS, STORE_SETTINGS } from './command-settings.ts';
import { createLog } from './log.ts';
import { openForReading } from './open-store.ts';
import type { Terminal } from './terminal.ts';

type QueryOptions = ValuesOf<typeof STORE_SETTINGS & typeof LOG_SETTINGS> & { readonly scanBudget: number };

/** The answer of this process, from the store. */
export async function answerFromStore(
  request: GraphqlRequest,
  options: QueryOptions,
  terminal: Terminal,
): Promise<object> {
  const log = createLog({ level: options.logLevel, format: options.logFormat }, terminal);
  const store = await openForReading(options.store, options.sqliteCache);
  try {
    return await executeQuery(request, { store, scanBudget: options.scanBudget, log });
  } finally {
    await store.close();
  }
}
