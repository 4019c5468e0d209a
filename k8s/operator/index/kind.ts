import { BITCOIN_INDEX } from '../../api/bitcoin-index.ts';
import { API_VERSION } from '../../api/custom-resource.ts';
import type { Resource } from '../runtime/resource.ts';

/** The kind, as the API calls it. */
export const INDEX: Resource = { apiVersion: API_VERSION, kind: BITCOIN_INDEX.kind, plural: BITCOIN_INDEX.plural };
