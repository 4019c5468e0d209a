import { InMemoryCache, type TypePolicies } from '@apollo/client';
import { relayStylePagination } from '@apollo/client/utilities';

/** Keeps the fields of both queries if they ask for different fields of the same outputs. References stay unchanged. */
function joined(existing: unknown, incoming: unknown): unknown {
  if (Array.isArray(existing) && Array.isArray(incoming)) return incoming.map((item, i) => joined(existing[i], item));
  if (!isPart(existing) || !isPart(incoming)) return incoming;
  const fields = Object.entries(incoming).map(([name, value]) => [name, joined(existing[name], value)]);
  return { ...existing, ...Object.fromEntries(fields) };
}

function isPart(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !('__ref' in value);
}

export const typePolicies: TypePolicies = {
  Query: {
    fields: {
      blocks: relayStylePagination(['filter', 'order']),
      outputs: relayStylePagination(['filter', 'scan', 'order']),
      transactions: relayStylePagination(['filter', 'scan', 'order']),
    },
  },

  // A height names another block after a reorganisation; a hash never does.
  Block: { keyFields: ['hash'], fields: { transactions: relayStylePagination() } },
  Transaction: { keyFields: ['txid'], fields: { inputs: { merge: joined }, outputs: { merge: joined } } },
  Address: {
    keyFields: ['address'],
    fields: { transactions: relayStylePagination(['order']), unspentOutputs: relayStylePagination(['order']) },
  },

  // Its keys are in the arguments of `Query.wallet`.
  Wallet: {
    keyFields: false,
    merge: true,
    fields: {
      addresses: { merge: false },
      chains: { merge: false },
      transactions: relayStylePagination(['order']),
      unspentOutputs: relayStylePagination(['order']),
    },
  },

  // There is only one object of each.
  Chain: { keyFields: [], fields: { coverage: { merge: false }, indexes: { merge: false }, split: { merge: false } } },
  Mempool: {
    keyFields: [],
    fields: { histogram: { merge: false }, transactions: relayStylePagination() },
  },

  // Parts of their object, which have no key.
  Balance: { keyFields: false, merge: true },
  PendingBalance: { keyFields: false, merge: true },
  Relatives: { keyFields: false, merge: true },
  PartialBalance: { keyFields: false, merge: true },
  BalancePeriod: { keyFields: false },
  WalletAddress: { keyFields: false },
  WalletChain: { keyFields: false },
  Removal: { keyFields: false, merge: true },
  Input: { keyFields: false },
  Output: { keyFields: false },
  SpentOutput: { keyFields: false },
  Token: { keyFields: false },
  Data: { keyFields: false },
  Push: { keyFields: false },
  BlockRef: { keyFields: false },
  SearchIndex: { keyFields: false },
  CompetingTip: { keyFields: false },
  FeeEstimates: { keyFields: false },
  FeeRateRange: { keyFields: false },
  HeightRange: { keyFields: false },
  NodeFeeEstimate: { keyFields: false },
  NodeFeeEstimates: { keyFields: false },
  PackageBroadcast: { keyFields: false },
  PlanPrediction: { keyFields: false },
  PlanRefusal: { keyFields: false },
  PlanStep: { keyFields: false },
  ProjectedBlock: { keyFields: false },
  ProjectedFeeEstimate: { keyFields: false },
  TransactionPlan: { keyFields: false },
  TransactionTest: { keyFields: false },

  PageInfo: { keyFields: false },
  BalanceEdge: { keyFields: false },
  BalanceHistory: { keyFields: false },
  BlockConnection: { keyFields: false },
  BlockEdge: { keyFields: false },
  OutputConnection: { keyFields: false },
  OutputEdge: { keyFields: false },
  TransactionConnection: { keyFields: false },
  TransactionEdge: { keyFields: false },

  AddressEvent: { keyFields: false },
  BlockEvent: { keyFields: false },
  TransactionEvent: { keyFields: false },
};

export const createCache = () => new InMemoryCache({ typePolicies });
