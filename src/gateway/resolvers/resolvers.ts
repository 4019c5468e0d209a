import { Address, Balance, BalancePeriod, PendingBalance } from './address.ts';
import { Block } from './block.ts';
import { Chain, CompetingTip, SearchIndex } from './chain.ts';
import {
  FeeEstimates,
  FeeRateRange,
  Mempool,
  NodeFeeEstimate,
  NodeFeeEstimates,
  ProjectedBlock,
  Relatives,
} from './mempool.ts';
import { Mutation } from './mutation.ts';
import { PlanPrediction, PlanRefusal, PlanStep, TransactionPlan } from './plan.ts';
import { BalanceHistory, BlockConnection, OutputConnection, Query, TransactionConnection } from './query.ts';
import type { Resolvers } from './resolver-types.ts';
import { SCALARS } from './scalars.ts';
import { AddressEvent, BlockEvent, Subscription, TransactionEvent } from './subscription.ts';
import { Data, Input, Output, Push, Removal, SpentOutput, Token, Transaction } from './transaction.ts';
import { Wallet, WalletAddress, WalletChain } from './wallet.ts';

/** All resolvers of the schema. A field without one is the property of its parent that has its name. */
export const RESOLVERS: Resolvers = {
  ...SCALARS,
  Query,
  Mutation,
  Subscription,
  TransactionEvent,
  AddressEvent,
  BlockEvent,
  Chain,
  SearchIndex,
  CompetingTip,
  Mempool,
  FeeRateRange,
  ProjectedBlock,
  FeeEstimates,
  NodeFeeEstimates,
  NodeFeeEstimate,
  Block,
  BlockConnection,
  Transaction,
  TransactionConnection,
  Relatives,
  TransactionPlan,
  PlanRefusal,
  PlanStep,
  PlanPrediction,
  Removal,
  Input,
  Output,
  OutputConnection,
  SpentOutput,
  Data,
  Push,
  Token,
  Address,
  Balance,
  BalanceHistory,
  BalancePeriod,
  PendingBalance,
  Wallet,
  WalletAddress,
  WalletChain,
};
