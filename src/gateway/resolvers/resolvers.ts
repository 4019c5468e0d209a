import { Address } from './address.ts';
import { Balance } from './balance.ts';
import { Block } from './block.ts';
import { Chain, CompetingTip } from './chain.ts';
import { BlockConnection, OutputConnection, TransactionConnection } from './connections.ts';
import { Data } from './data.ts';
import { Input } from './input.ts';
import { FeeRateRange, Mempool } from './mempool.ts';
import { Mutation } from './mutation.ts';
import { Output } from './output.ts';
import { Push } from './push.ts';
import { Query } from './query.ts';
import { Removal } from './removal.ts';
import type { Resolvers } from './resolver-types.ts';
import { SCALARS } from './scalars.ts';
import { SpentOutput } from './spent-output.ts';
import { AddressEvent, BlockEvent, Subscription, TransactionEvent } from './subscription.ts';
import { Token } from './token.ts';
import { Transaction } from './transaction.ts';

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
  CompetingTip,
  Mempool,
  FeeRateRange,
  Block,
  BlockConnection,
  Transaction,
  TransactionConnection,
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
};
