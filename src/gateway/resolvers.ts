import type { Resolvers } from './resolver-types.ts';
import { Address } from './resolvers/address.ts';
import { Balance } from './resolvers/balance.ts';
import { Block } from './resolvers/block.ts';
import { Chain, CompetingTip } from './resolvers/chain.ts';
import { BlockConnection, OutputConnection, TransactionConnection } from './resolvers/connections.ts';
import { Data } from './resolvers/data.ts';
import { Input } from './resolvers/input.ts';
import { FeeRateRange, Mempool } from './resolvers/mempool.ts';
import { Mutation } from './resolvers/mutation.ts';
import { Output } from './resolvers/output.ts';
import { Push } from './resolvers/push.ts';
import { Query } from './resolvers/query.ts';
import { Removal } from './resolvers/removal.ts';
import { SpentOutput } from './resolvers/spent-output.ts';
import { AddressEvent, BlockEvent, Subscription, TransactionEvent } from './resolvers/subscription.ts';
import { Token } from './resolvers/token.ts';
import { Transaction } from './resolvers/transaction.ts';
import { SCALARS } from './scalars.ts';

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
