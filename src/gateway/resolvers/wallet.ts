import { BitqlError } from '../../errors.ts';
import { outputsPage, unspentOf } from '../../query/outputs.ts';
import { touchingPage } from '../../query/touching.ts';
import type { Snapshot } from '../../store/snapshot.ts';
import { parseDescriptor, parseXpub, pointsOfText } from '../../wallet/descriptor.ts';
import { refusePrivateKeys } from '../../wallet/mistake.ts';
import { AddressView } from './address-view.ts';
import type {
  QueryResolvers,
  WalletAddressResolvers,
  WalletChainResolvers,
  WalletResolvers,
} from './resolver-types.ts';
import { WalletView } from './wallet-view.ts';

const MAX_GAP_LIMIT = 100;

/** The field of `Query`. */
export const wallet: NonNullable<QueryResolvers['wallet']> = async (
  _,
  { descriptor, xpub, gapLimit },
  context,
  info,
) => {
  if ((descriptor == null) === (xpub == null))
    throw new BitqlError('BAD_QUERY', 'Give exactly one of `descriptor` and `xpub`.');
  refusePrivateKeys(descriptor ?? xpub!);
  if (gapLimit < 1 || gapLimit > MAX_GAP_LIMIT)
    throw new BitqlError('BAD_QUERY', `\`gapLimit\` must be from 1 to ${MAX_GAP_LIMIT}, not ${gapLimit}.`);
  const reader = await context.readers.open(info);
  reader.work.add(pointsOfText(descriptor ?? xpub!));
  const keys = xpub == null ? parseDescriptor(descriptor!, reader.network) : parseXpub(xpub, reader.network);
  const view = new WalletView({ keys, gapLimit }, { scripts: context.scripts, reader, budget: context.budget });
  await view.discovered();
  return view;
};

export const Wallet: WalletResolvers = {
  addresses: async (view, _, context, info) => {
    const { chains } = await view.discovered();
    return context.list(
      chains.flatMap(({ addresses }) => addresses),
      info,
    );
  },
  chains: async (view, _, context, info) => context.list((await view.discovered()).chains, info),
  complete: async (view, _, { readers }, info) =>
    readers.of(info).snapshot.hasEveryBlock && (await view.discovered()).complete,
  balance: async (view, _, { readers }, info) => {
    const { whole } = await view.sums();
    return whole && { ...whole, lockingScripts: await view.usedScripts(readers.of(info).snapshot) };
  },
  balanceUnknown: async (view) => (await view.sums()).part,
  transactions: async (view, { order, ...args }, context, info) => {
    const request = { identity: ['wallet', view.identity], scriptsAt: view.usedScripts, order, args };
    return context.page(await touchingPage(context.readers.of(info), request, context.budget), info);
  },
  unspentOutputs: async (view, { order, ...args }, context, info) => {
    const testsAt = async (snapshot: Snapshot) => {
      const scripts = await view.usedScripts(snapshot);
      return scripts.length === 0 ? null : unspentOf(scripts);
    };
    const request = { identity: ['wallet unspent', view.identity], testsAt, order, args };
    return context.page(await outputsPage(context.readers.of(info), request, context.budget), info);
  },
};

export const WalletAddress: WalletAddressResolvers = {
  address: ({ lockingScript }, _, { readers }, info) => new AddressView(lockingScript, readers.of(info).network),
};

export const WalletChain: WalletChainResolvers = {
  addressCount: ({ addresses }) => addresses.length,
};
