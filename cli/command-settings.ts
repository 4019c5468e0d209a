import { type Option, switchOption } from '../src/settings/option.ts';
import { SETTINGS, settings } from '../src/settings/settings.ts';

/** The flags of `bitql demo`. */
export const DEMO_OPTIONS = {
  ...settings('host', 'port', 'cors'),
  noServe: switchOption('Ends after the three queries, without serving.'),
};
/** The settings of the commands that index. */
export const IMPORT_SETTINGS = settings('network', 'from', 'index', 'cache', 'lease');
export const INDEX_SETTINGS = {
  ...settings('node', 'cookie', 'zmq', 'blocks', 'poll', 'mempoolExpiry', 'keepEvents'),
  ...IMPORT_SETTINGS,
};
/** The settings of reindex: a node, its block files, or both. */
export const REINDEX_SETTINGS = {
  node: {
    ...SETTINGS.node,
    fallback: null,
    fallbackText: `${SETTINGS.node.fallbackText}, unless --blocks is given`,
  } satisfies Option<string | null> as Option<string | null>,
  ...settings('cookie', 'blocks', 'network', 'cache', 'lease'),
};
/** The settings for who may query a gateway, and how much. */
export const CALLER_SETTINGS = settings('tiers', 'trustedProxies', 'trustedDocuments', 'maxSubscriptions');
/** The settings of the commands that serve. */
export const SERVE_SETTINGS = {
  ...settings('host', 'port', 'cors', 'scanBudget', 'gatewayCache', 'drainDelay'),
  ...CALLER_SETTINGS,
};
/** The settings for the node to which a gateway sends transactions, if it has one. */
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
/** The settings of all commands that run until they are stopped. */
export const SERVICE_SETTINGS = { ...settings('metrics'), ...LOG_SETTINGS };
export const OPERATOR_SETTINGS = {
  ...settings('kubeconfig', 'namespaces', 'leaseName', 'leaseNamespace', 'image', 'triggerKinds'),
  ...settings('workers', 'probes', 'apiRate', 'health'),
  ...SERVICE_SETTINGS,
};
