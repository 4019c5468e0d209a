import type { Option } from '../src/settings/option.ts';
import { SETTINGS, settings } from '../src/settings/settings.ts';

/** What the commands that index take. */
export const IMPORT_SETTINGS = settings('network', 'from', 'cache', 'lease');
export const INDEX_SETTINGS = {
  ...settings('node', 'cookie', 'zmq', 'blocks', 'poll', 'mempoolExpiry', 'keepEvents'),
  ...IMPORT_SETTINGS,
};
/** What reindex takes: a node, its block files, or both. */
export const REINDEX_SETTINGS = {
  node: {
    ...SETTINGS.node,
    fallback: null,
    fallbackText: `${SETTINGS.node.fallbackText}, unless --blocks is given`,
  } satisfies Option<string | null> as Option<string | null>,
  ...settings('cookie', 'blocks', 'network', 'cache', 'lease'),
};
/** What says who may ask a gateway, and how much. */
export const CALLER_SETTINGS = settings('tiers', 'trustedProxies', 'trustedDocuments', 'maxSubscriptions');
/** What the commands that serve take. */
export const SERVE_SETTINGS = {
  ...settings('host', 'port', 'cors', 'scanBudget', 'gatewayCache', 'drainDelay'),
  ...CALLER_SETTINGS,
};
/** What a command takes that serves beside an indexer: its own node, if it is given one, takes transactions. */
export const BROADCAST_SETTINGS = {
  node: {
    ...SETTINGS.node,
    fallback: null,
    fallbackText: null,
    description: `The node to send transactions to (broadcastTransaction). ${SETTINGS.node.description}`,
  } satisfies Option<string | null> as Option<string | null>,
  ...settings('cookie'),
};
export const STORE_SETTINGS = settings('store', 'sqliteCache');
export const LOG_SETTINGS = settings('logLevel', 'logFormat');
/** What all commands take that run until they are stopped. */
export const SERVICE_SETTINGS = { ...settings('metrics'), ...LOG_SETTINGS };
export const OPERATOR_SETTINGS = {
  ...settings('kubeconfig', 'namespaces', 'leaseName', 'leaseNamespace', 'image', 'triggerKinds'),
  ...settings('workers', 'probes', 'apiRate', 'health'),
  ...SERVICE_SETTINGS,
};
