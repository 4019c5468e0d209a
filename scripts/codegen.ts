import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codegen } from '@graphql-codegen/core';
import * as typescript from '@graphql-codegen/typescript';
import * as resolvers from '@graphql-codegen/typescript-resolvers';
import { parse } from 'graphql';
import { readTypeDefs } from '../src/gateway/graphql/type-defs.ts';

/** The file of the resolver types, which is generated from `schema/`. */
export const RESOLVER_TYPES = join(import.meta.dirname, '../src/gateway/resolvers/resolver-types.ts');

const BANNER = '// Generated from schema/ by `npm run codegen`: change it there.\n';

/** The internal type of each scalar: see src/gateway/resolvers/scalars.ts. */
const SCALARS = {
  Hash: 'Uint8Array',
  Hex: 'Uint8Array',
  Satoshis: 'number',
  UInt: 'number',
  Timestamp: 'number',
  DateTime: 'number',
  Moment: 'number',
  Cursor: 'string',
  EventCursor: 'string',
};

/** The type of the parent that the resolvers of a GraphQL type receive. */
const MAPPERS = {
  Chain: '../../query/reader.ts#ChainReader',
  Block: '../../query/block-reader.ts#BlockView',
  Transaction: '../../query/transaction-view.ts#TransactionView',
  Removal: '../../store/departures.ts#Departure',
  Mempool: '../../store/state.ts#MempoolSummary',
  FeeRateRange: '../../store/state.ts#FeeRateRange as FeeRateCount',
  SearchIndex: '../observe/chain-status.ts#FamilyStatus',
  CompetingTip: '../../store/state.ts#CompetingTip as BranchTip',
  Input: '../../query/transaction-view.ts#InputView',
  Output: '../../query/transaction-view.ts#OutputView',
  SpentOutput: '../../query/script-view.ts#SpentOutputView',
  Token: '../../chain/token.ts#TokenData',
  Data: '../../chain/data.ts#DataElements',
  Push: './parents.ts#PushView',
  BalancePeriod: '../../query/balance-history.ts#BalancePeriod as HistoryPeriod',
  BalanceHistory: './parents.ts#BalancePage',
  Balance: './parents.ts#BalanceView',
  PendingBalance: './parents.ts#PendingBalanceView',
  Relatives: '../../mempool/relatives.ts#Relatives as PendingRelatives',
  ProjectedBlock: './parents.ts#NumberedBlock',
  FeeEstimates: './parents.ts#AskedFees',
  NodeFeeEstimates: './parents.ts#AskedNodeFees',
  NodeFeeEstimate: '../../rpc/fee-estimates.ts#SmartFeeEstimate',
  Address: './address-view.ts#AddressView',
  PartialBalance: '../../query/balance.ts#PartialBalance as PartialSums',
  Wallet: './wallet-view.ts#WalletView',
  WalletAddress: '../../wallet/discovery.ts#WalletAddress as DerivedAddress',
  WalletChain: '../../wallet/discovery.ts#WalletChain as DerivedChain',
  TransactionEvent: './parents.ts#TransactionNotice',
  AddressEvent: './parents.ts#AddressHappening',
  BlockEvent: './parents.ts#BlockNotice',
  TransactionPlan: './parents.ts#ExplainedPage',
  PlanRefusal: '../../query/explain/explain.ts#PlanRefusal as RefusedPage',
  PlanStep: './parents.ts#ExplainedStep',
  PlanPrediction: '../../query/explain/prediction.ts#Prediction',
  BlockConnection: './parents.ts#BlockPage',
  TransactionConnection: './parents.ts#TransactionPage',
  OutputConnection: './parents.ts#OutputPage',
};

/** The text of the generated file. */
export async function generateResolverTypes(): Promise<string> {
  const text = await codegen({
    schema: parse(readTypeDefs()),
    documents: [],
    filename: RESOLVER_TYPES,
    config: {
      scalars: SCALARS,
      mappers: MAPPERS,
      contextType: './context.ts#RequestContext',
      enumsAsTypes: true,
      useTypeImports: true,
      immutableTypes: true,
      emitLegacyCommonJSImports: false,
      strictScalars: true,
      resolversNonOptionalTypename: false,
      inputMaybeValue: 'T | null | undefined',
    },
    plugins: [{ typescript: {} }, { resolvers: {} }],
    pluginMap: { typescript, resolvers },
  });
  return BANNER + text;
}

if (import.meta.main) writeFileSync(RESOLVER_TYPES, await generateResolverTypes());
