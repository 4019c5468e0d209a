import { createHmac } from 'node:crypto';
import type { BitcoinNodeSpec } from '../../api/bitcoin-node.ts';
import type { SaltedLogin } from './connection.ts';
import { DIALECTS, networkDialect } from './dialects.ts';

type ConfigLine = readonly [name: string, value: string | number];

const MANUAL_PRUNING = 1;

/** bitcoin.conf of a node. It has only the salted hash of the password. */
export function bitcoinConf(spec: BitcoinNodeSpec, login: SaltedLogin): string {
  const { hasSections } = DIALECTS[spec.implementation];
  const { option, chain } = networkDialect(spec.implementation, spec.network);
  return [
    ...(option === null ? [] : [`${option}=1`]),
    ...(hasSections ? [`[${chain}]`] : []),
    ...[...serving(spec, login), ...storing(spec), ...meeting(spec), ...further(spec)].map(toText),
    '',
  ].join('\n');
}

function toText([name, value]: ConfigLine): string {
  return `${name}=${value}`;
}

function serving({ implementation, network, rpc }: BitcoinNodeSpec, login: SaltedLogin): ConfigLine[] {
  return [
    ['server', 1],
    ['rpcport', networkDialect(implementation, network).rpcPort],
    ['rpcauth', rpcAuth(login)],
    // The NetworkPolicy decides who can connect.
    ['rpcallowip', '0.0.0.0/0'],
    ['rpcallowip', '::/0'],
    ['rpcthreads', rpc.threads],
    ['rpcworkqueue', rpc.workQueue],
    ['rest', Number(rpc.rest)],
    ['printtoconsole', 1],
    ...(DIALECTS[implementation].logsToFile ? [['debuglogfile', 0] as ConfigLine] : []),
  ];
}

function storing({ pruning, indexes, dbCacheMiB, maxMempoolMiB, ...spec }: BitcoinNodeSpec): ConfigLine[] {
  const kept = { Disabled: 0, Manual: MANUAL_PRUNING, Automatic: pruning.targetMiB ?? 0 }[pruning.mode];
  const limits = spec.consensusLimits;
  return [
    ['dbcache', dbCacheMiB],
    ['maxmempool', maxMempoolMiB],
    ['prune', kept],
    ['txindex', Number(indexes.transactions)],
    ...(indexes.blockFilters ? [['blockfilterindex', 1] as ConfigLine] : []),
    ...(indexes.coinStats ? [['coinstatsindex', 1] as ConfigLine] : []),
    ...(limits === undefined
      ? []
      : [
          ['excessiveblocksize', limits.excessiveBlockSizeBytes] as ConfigLine,
          ['maxstackmemoryusageconsensus', limits.maxStackMemoryUsageBytes] as ConfigLine,
        ]),
  ];
}

function meeting({ implementation, network, p2p }: BitcoinNodeSpec): ConfigLine[] {
  return [
    ['listen', Number(p2p.listen)],
    ['port', networkDialect(implementation, network).p2pPort],
    ['listenonion', 0],
    ['maxconnections', p2p.maxConnections],
    ...(p2p.externalAddress === undefined ? [] : [['externalip', p2p.externalAddress] as ConfigLine]),
    ...p2p.addNodes.map((node): ConfigLine => ['addnode', node]),
  ];
}

function further({ extraConfig }: BitcoinNodeSpec): ConfigLine[] {
  return extraConfig.map(({ name, value }): ConfigLine => [name, value]);
}

/** The same as share/rpcauth of Bitcoin Core computes. */
function rpcAuth({ username, password, salt }: SaltedLogin): string {
  return `${username}:${salt}$${createHmac('sha256', salt).update(password).digest('hex')}`;
}
