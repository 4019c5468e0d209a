import { addressOf } from '../../chain/address.ts';
import { scriptType } from '../../chain/script.ts';
import type { SpentOutputResolvers } from '../resolver-types.ts';

export const SpentOutput: SpentOutputResolvers = {
  lockingScript: ({ lockingScript }, _, { answer }) => answer.bytes(lockingScript),
  type: ({ lockingScript }, _, { reader }) => scriptType(lockingScript, reader.network),
  address: ({ lockingScript }, _, { reader }) => addressOf(lockingScript, reader.network),
};
