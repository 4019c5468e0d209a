import type { Static } from 'typebox';
import { conditions } from './conditions.ts';
import type { CustomResource } from './custom-resource.ts';
import {
  desiredState,
  HTTP_URL,
  image,
  imagePullPolicy,
  imagePullSecrets,
  networkPolicy,
  objectName,
  PORT,
  reference,
  resources,
  scheduling,
  volume,
} from './fields.ts';
import { choice, flag, integer, labels, list, object, optional, text, time } from './schema.ts';

const HASH = '^[0-9a-f]{64}$';
/** Options that the operator sets itself, or that would take the node out of its control. */
const RESERVED =
  '^(no)?(rpc(user|password|auth|authfile|bind|port|allowip|cookiefile|whitelist.*|threads|workqueue)|server|daemon.*|datadir|' +
  'blocksdir|conf|includeconf|settings|pid|chain|testnet.*|regtest|signet|stn|chipnet|scalenet|zmq.*|bind|whitebind|port|listen|' +
  'maxconnections|externalip|prune|txindex|rest|blockfilterindex|coinstatsindex|dbcache|maxmempool|.*notify|printtoconsole|' +
  'debuglogfile|excessiveblocksize|maxstackmemoryusageconsensus)$';

const IMPLEMENTATIONS = ['BitcoinCore', 'BitcoinCashNode', 'BitcoinSV'] as const;
const NETWORKS = ['Mainnet', 'Testnet', 'Testnet4', 'Signet', 'Chipnet', 'STN', 'Regtest'] as const;

const hash = (description: string) => text(description, { maxLength: 64, pattern: HASH });
const height = (description: string) => integer(description, { minimum: 0, maximum: 2 ** 31 - 1 });

const external = object(
  'A bitcoind outside of the cluster. It is watched and can be indexed. The operator creates only the Secret `NAME-rpc` for it.',
  {
    url: text(
      'The URL of its RPC, without user and password, for example http://10.0.0.5:8332 or https://node.example/path/',
      {
        maxLength: 512,
        pattern: HTTP_URL,
      },
    ),
    secretRef: reference('The Secret with its `username` and `password`.'),
    zmq: list(
      'Its ZMQ addresses, for example tcp://10.0.0.5:28332. Without them, it is polled.',
      text('An address.', { maxLength: 256, pattern: `^tcp://[^\\s/]+:${PORT}$` }),
      { maxItems: 16, default: [] },
    ),
  },
);

const storage = volume('The volume of the chain.', '1Ti');

const pruning = object(
  'Whether old blocks are deleted. An index needs all blocks that it has not indexed yet.',
  {
    mode: choice(
      'Disabled: all blocks are kept. Automatic: the newest blocks that fit in targetMiB are kept. Manual: blocks are kept until pruneblockchain is called.',
      ['Disabled', 'Automatic', 'Manual'],
      { default: 'Disabled' },
    ),
    targetMiB: optional(
      integer('The size of the blocks to keep: at least 550 MiB.', { minimum: 550, maximum: 2 ** 31 - 1 }),
    ),
  },
  {
    default: {},
    rules: [
      {
        rule: "(self.mode == 'Automatic') == has(self.targetMiB)",
        message: 'targetMiB is required for mode Automatic, and allowed only there',
        fieldPath: '.targetMiB',
      },
    ],
  },
);

const indexes = object(
  'The indexes of the node itself.',
  {
    transactions: flag('All transactions by id (txindex).', { default: false }),
    blockFilters: flag('Compact block filters, BIP 157 (Bitcoin Core).', { default: false }),
    coinStats: flag('Statistics of the unspent outputs by height (Bitcoin Core).', { default: false }),
  },
  { default: {} },
);

const rpc = object(
  "The node's RPC server.",
  {
    authSecretRef: optional(
      reference(
        'A Secret with `username` and `password` for RPC. Default: the operator generates them and stores them in `NAME-rpc`.',
      ),
    ),
    rest: flag('Whether blocks are also served as raw bytes (REST), which is faster and needs no password.', {
      default: true,
    }),
    threads: integer('The number of calls that are answered at the same time.', {
      minimum: 1,
      maximum: 256,
      default: 8,
    }),
    workQueue: integer('The number of calls that may wait.', { minimum: 16, maximum: 65_536, default: 128 }),
    clients: list(
      'Other Pods that may connect to RPC and ZMQ, in addition to the operator and the indexes of this node. Each entry is a set of labels.',
      object('Who may.', {
        podSelector: labels('Labels of the Pods.', 16),
        namespaceSelector: optional(labels("Labels of their namespace. Default: the node's namespace.", 16)),
      }),
      { maxItems: 16, default: [] },
    ),
  },
  { default: {} },
);

const zmq = object(
  'The messages that the node publishes over ZMQ. ZMQ has no password: only the NetworkPolicy protects it.',
  {
    topics: list(
      'The topics. BitcoinSV publishes most of them under names with a 2 (rawtx2), without repetitions. For `sequence`, BitcoinSV publishes ' +
        'the transactions that leave the mempool, and BitcoinCashNode publishes double spends.',
      choice('A topic.', ['rawtx', 'hashtx', 'rawblock', 'hashblock', 'sequence']),
      {
        maxItems: 5,
        default: ['rawtx', 'hashblock', 'sequence'],
      },
    ),
    highWaterMark: integer('The number of messages that wait for a slow subscriber before messages are dropped.', {
      minimum: 1,
      maximum: 1_000_000,
      default: 100_000,
    }),
  },
  { default: {} },
);

const p2p = object(
  'The connections to other nodes.',
  {
    listen: flag('Whether other nodes may connect to it.', { default: true }),
    maxConnections: integer('The maximum number of connections.', { minimum: 0, maximum: 10_000, default: 125 }),
    addNodes: list(
      'Nodes to stay connected to: HOST or HOST:PORT.',
      text('A node.', {
        maxLength: 300,
        pattern: '^[A-Za-z0-9.:\\[\\]-]+$',
      }),
      { maxItems: 64, default: [] },
    ),
    exposure: choice(
      'From where other nodes can connect: not at all (None; the node still connects to others), from inside the cluster, or from outside.',
      ['None', 'ClusterIP', 'LoadBalancer'],
      { default: 'None' },
    ),
    externalAddress: optional(
      text('The address that the node announces to other nodes.', {
        maxLength: 300,
        pattern: '^[A-Za-z0-9.:\\[\\]-]+$',
      }),
    ),
  },
  { default: {} },
);

const nodeReference = object(
  'Another node to compare with: a BitcoinNode, or an RPC address with a Secret.',
  {
    name: objectName('Its name in the status.'),
    nodeRef: optional(reference('A BitcoinNode in the same namespace.')),
    url: optional(text('The URL of its RPC.', { maxLength: 512, pattern: HTTP_URL })),
    secretRef: optional(reference('The Secret with `username` and `password` for the address.')),
  },
  {
    rules: [
      {
        rule: 'has(self.nodeRef) ? !has(self.url) && !has(self.secretRef) : has(self.url) && has(self.secretRef)',
        message: 'give either nodeRef, or url and secretRef',
      },
    ],
  },
);

const sync = object(
  'The limits for the conditions Synced, TipStale and ChainSplit.',
  {
    lagTolerance: integer('The number of blocks that it may be behind and still count as synced.', {
      minimum: 0,
      maximum: 1_000,
      default: 2,
    }),
    tipStaleAfterSeconds: integer(
      'The age of the newest block at which TipStale becomes true. Hours without a block do occur.',
      {
        minimum: 60,
        maximum: 30 * 86_400,
        default: 7_200,
      },
    ),
    minPeers: integer('With fewer peers than this, the node is not Ready.', { minimum: 0, maximum: 1_000, default: 0 }),
    splitDepth: integer('The number of blocks that a competing branch must have to count as a split.', {
      minimum: 1,
      maximum: 100,
      default: 2,
    }),
    references: list("Nodes whose chain is compared with this node's chain.", nodeReference, {
      maxItems: 8,
      keys: ['name'],
      default: [],
    }),
  },
  { default: {} },
);

const HAS = (field: string) => `has(self.${field})`;
const UNCHANGED = (field: string) => `self.${field} == oldSelf.${field}`;

const spec = object(
  'The desired state of the bitcoind.',
  {
    implementation: choice('The software, which also determines the chain: BTC, BCH or BSV.', IMPLEMENTATIONS, {
      default: 'BitcoinCore',
    }),
    network: choice('The network. Not every implementation has every network.', NETWORKS, { default: 'Mainnet' }),
    external: optional(external),
    desiredState,
    image: optional(
      image(
        'The bitcoind image. Default: a release that the operator was tested with when the node was created. Later operators do not change it.',
      ),
    ),
    imagePullPolicy,
    imagePullSecrets: optional(imagePullSecrets),
    storage,
    pruning,
    indexes,
    dbCacheMiB: integer('Memory for the database of unspent outputs (dbcache).', {
      minimum: 4,
      maximum: 1_048_576,
      default: 1_024,
    }),
    maxMempoolMiB: integer('Memory for unconfirmed transactions (maxmempool).', {
      minimum: 5,
      maximum: 1_048_576,
      default: 300,
    }),
    consensusLimits: optional(
      object('Limits that Bitcoin SV requires its operators to set.', {
        excessiveBlockSizeBytes: integer('The size of the largest block to accept; 0 for no limit.', {
          minimum: 0,
          maximum: 2 ** 53 - 1,
        }),
        maxStackMemoryUsageBytes: integer('The maximum memory that a script may use; 0 for no limit.', {
          minimum: 0,
          maximum: 2 ** 53 - 1,
        }),
      }),
    ),
    rpc,
    zmq,
    p2p,
    sync,
    resources: optional(resources('the node')),
    scheduling: optional(scheduling),
    terminationGracePeriodSeconds: integer('How long the node may take to write its caches to disk when it stops.', {
      minimum: 60,
      maximum: 86_400,
      default: 600,
    }),
    extraConfig: list(
      'Further lines of bitcoin.conf.',
      object(
        'One line.',
        {
          name: text('The option, without dash.', { maxLength: 64, pattern: '^[a-z][a-z0-9]*$' }),
          value: text('Its value.', { maxLength: 1024, pattern: '^[^\\r\\n]*$' }),
        },
        {
          rules: [
            {
              rule: `!self.name.matches('${RESERVED}')`,
              message: 'the operator sets this option itself: use the field of the spec',
              fieldPath: '.name',
            },
          ],
        },
      ),
      { maxItems: 64, default: [] },
    ),
    networkPolicy,
  },
  {
    rules: [
      { rule: UNCHANGED('implementation'), message: 'the implementation cannot be changed: create another node' },
      { rule: UNCHANGED('network'), message: 'the network cannot be changed: create another node' },
      {
        rule: 'has(self.external) == has(oldSelf.external)',
        message: 'a node in the cluster cannot become an external one, or the reverse: create another node',
      },
      {
        rule:
          "self.network in {'BitcoinCore': ['Mainnet', 'Testnet', 'Testnet4', 'Signet', 'Regtest'], " +
          "'BitcoinCashNode': ['Mainnet', 'Testnet', 'Testnet4', 'Chipnet', 'Regtest'], " +
          "'BitcoinSV': ['Mainnet', 'Testnet', 'STN', 'Regtest']}[self.implementation]",
        message:
          'the implementation has no such network: BitcoinCore has Mainnet, Testnet, Testnet4, Signet, Regtest; BitcoinCashNode has ' +
          'Mainnet, Testnet, Testnet4, Chipnet, Regtest; BitcoinSV has Mainnet, Testnet, STN, Regtest',
        fieldPath: '.network',
      },
      {
        rule: `${HAS('external')} || (self.implementation == 'BitcoinSV') == ${HAS('consensusLimits')}`,
        message: 'consensusLimits is required for BitcoinSV, and allowed only there',
        fieldPath: '.consensusLimits',
      },
      {
        rule: "!(self.indexes.transactions && self.pruning.mode != 'Disabled') || self.implementation == 'BitcoinSV'",
        message: 'an index of all transactions needs all blocks: only BitcoinSV supports it together with pruning',
      },
      {
        rule: "self.implementation == 'BitcoinCore' || !(self.indexes.blockFilters || self.indexes.coinStats)",
        message: 'only BitcoinCore has the indexes blockFilters and coinStats',
      },
    ],
  },
);

const CONDITIONS = {
  Ready: 'everything is as the spec asks for, and the node can be used.',
  Reconciled: 'the objects in the cluster are as the spec asks for.',
  Available: 'its Pod is ready.',
  RPCReachable: 'it answers RPC.',
  Synced: 'it has the blocks of all its headers, except at most lagTolerance.',
  ChainSplit:
    'other nodes follow a different chain; status.split has the witnesses. A node that is only behind is not split.',
  TipStale: 'its newest block is older than tipStaleAfterSeconds.',
  StoragePressure: 'its volume is nearly full.',
  AllKindsServed: 'the cluster serves every kind of object that the operator needs to create.',
  Reconciling: 'the cluster is still changing to what the spec asks for.',
  Stalled: 'the operator cannot continue until a user changes something.',
} as const;
export type BitcoinNodeCondition = keyof typeof CONDITIONS;

const chain = object("The node's chain.", {
  name: text("The node's name for it: main, test, regtest ...", { maxLength: 32 }),
  blocks: height('Height of its newest block.'),
  headers: height('Height of the newest header that it knows.'),
  lag: height('The number of blocks that it is behind: headers minus blocks.'),
  bestBlockHash: hash('Hash of its newest block.'),
  bestBlockTime: time('The time in the header of its newest block.'),
  medianTime: time('The median time of the last 11 blocks.'),
  chainWork: text('The expected number of hashes up to the newest block, in hexadecimal.', { maxLength: 64 }),
  initialBlockDownload: flag('Whether the node reports that it is still downloading the chain.'),
  progressPermille: integer('The verified part of the chain, in thousandths.', { minimum: 0, maximum: 1_000 }),
  pruned: flag('Whether it deletes old blocks.'),
  pruneHeight: optional(height('The lowest block that it still has.')),
  sizeOnDisk: optional(
    text('The size of the blocks on its disk in bytes, if the node reports it.', {
      maxLength: 20,
      pattern: '^[0-9]+$',
    }),
  ),
});

const tip = object('The tip of a branch.', {
  hash: hash('Its hash.'),
  height: height('Its height.'),
  branchLength: height('The number of blocks since the branch left the main chain; 0 for the main chain itself.'),
  status: text("The status in getchaintips: 'active', 'valid-fork', 'valid-headers', 'headers-only' or 'invalid'.", {
    maxLength: 32,
  }),
});

const witness = object('A witness of the split.', {
  name: text('The name of a reference in the spec, or `self` for a competing tip that the node itself knows.', {
    maxLength: 63,
  }),
  height: height('The height at which the witness has a different block.'),
  hash: hash('The hash of that block.'),
});

const status = object('The observed state of the node.', {
  observedGeneration: optional(
    integer('The generation of the spec that this status is based on.', { minimum: 0, maximum: 2 ** 53 - 1 }),
  ),
  conditions: optional(conditions(CONDITIONS)),
  node: optional(
    object('The software of the node.', {
      version: text('Its version.', { maxLength: 64 }),
      userAgent: text('The user agent that it announces to other nodes.', { maxLength: 256 }),
      protocolVersion: integer('The version of the peer-to-peer protocol.', { minimum: 0, maximum: 2 ** 31 - 1 }),
    }),
  ),
  binding: optional(
    object('The Secret with all that programs need to use the node, as specified by servicebinding.io.', {
      name: text('Its name. The Secret has type, provider, uri, host, port, username and password.', {
        maxLength: 253,
      }),
    }),
  ),
  endpoints: optional(
    list(
      'The addresses of the node.',
      object('One service.', {
        name: text('rpc, p2p or zmq.', { maxLength: 16 }),
        url: text('The address.', { maxLength: 512 }),
      }),
      { maxItems: 8, keys: ['name'] },
    ),
  ),
  chain: optional(chain),
  tips: optional(list('The tips of all branches that the node knows, newest first.', tip, { maxItems: 8 })),
  split: optional(
    object('The split, while there is one.', {
      since: time('When it was noticed.'),
      forkHeight: height('The newest block that both chains are known to have in common.'),
      depth: height('The number of blocks of the other chain that this chain does not have.'),
      ourTip: hash('The newest block of this chain.'),
      competingTip: hash('The newest block of the other one.'),
      witnesses: list('The witnesses.', witness, { maxItems: 9 }),
    }),
  ),
  peers: optional(
    object('Its connections.', {
      inbound: integer('Opened by other nodes.', { minimum: 0, maximum: 100_000 }),
      outbound: integer('Opened by this node.', { minimum: 0, maximum: 100_000 }),
    }),
  ),
  storage: optional(
    object('Its volume.', {
      capacity: text('Its size.', { maxLength: 32 }),
      usedPercent: optional(integer('The part of it that the chain uses.', { minimum: 0, maximum: 100 })),
    }),
  ),
  lastProbeTime: optional(time('When a call to the node last returned a change.')),
});

export type BitcoinNodeSpec = Static<typeof spec>;
export type BitcoinNodeStatus = Static<typeof status>;
export type NodeImplementation = BitcoinNodeSpec['implementation'];
export type NodeNetwork = BitcoinNodeSpec['network'];

/** A bitcoind, in the cluster or outside of it. */
export const BITCOIN_NODE = {
  kind: 'BitcoinNode',
  plural: 'bitcoinnodes',
  singular: 'bitcoinnode',
  shortNames: ['btc'],
  description: 'A bitcoind inside or outside of the cluster, with its state as status.',
  spec,
  status,
  selectableFields: ['.spec.implementation', '.spec.network'],
  columns: [
    { name: 'Impl', type: 'string', jsonPath: '.spec.implementation' },
    { name: 'Network', type: 'string', jsonPath: '.spec.network' },
    { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
    { name: 'Synced', type: 'string', jsonPath: '.status.conditions[?(@.type=="Synced")].status' },
    { name: 'Height', type: 'integer', jsonPath: '.status.chain.blocks' },
    { name: 'Lag', type: 'integer', jsonPath: '.status.chain.lag' },
    { name: 'Split', type: 'string', jsonPath: '.status.conditions[?(@.type=="ChainSplit")].status' },
    { name: 'Tip', type: 'date', jsonPath: '.status.chain.bestBlockTime' },
    { name: 'Version', type: 'string', jsonPath: '.status.node.userAgent', priority: 1 },
    { name: 'In', type: 'integer', jsonPath: '.status.peers.inbound', priority: 1 },
    { name: 'Out', type: 'integer', jsonPath: '.status.peers.outbound', priority: 1 },
    { name: 'Pruned', type: 'boolean', jsonPath: '.status.chain.pruned', priority: 1 },
    { name: 'Disk', type: 'integer', jsonPath: '.status.storage.usedPercent', priority: 1 },
    { name: 'Hash', type: 'string', jsonPath: '.status.chain.bestBlockHash', priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
} as const satisfies CustomResource;
