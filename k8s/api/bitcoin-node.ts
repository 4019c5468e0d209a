import type { Static } from 'typebox';
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
} from './common.ts';
import { conditions } from './conditions.ts';
import type { CustomResource } from './custom-resource.ts';
import { choice, flag, integer, labels, list, object, optional, text, time } from './schema.ts';

const HASH = '^[0-9a-f]{64}$';
/** Settings that the operator decides itself, or that would take the node away from it. */
const RESERVED =
  '^(no)?(rpc(user|password|auth|authfile|bind|port|allowip|cookiefile|whitelist.*|threads|workqueue)|server|daemon.*|datadir|' +
  'blocksdir|conf|includeconf|settings|pid|chain|testnet.*|regtest|signet|stn|chipnet|scalenet|zmq.*|bind|whitebind|port|listen|' +
  'maxconnections|externalip|prune|txindex|rest|blockfilterindex|coinstatsindex|dbcache|maxmempool|.*notify|printtoconsole|' +
  'debuglogfile|excessiveblocksize|maxstackmemoryusageconsensus)$';

export const IMPLEMENTATIONS = ['BitcoinCore', 'BitcoinCashNode', 'BitcoinSV'] as const;
export const NETWORKS = ['Mainnet', 'Testnet', 'Testnet4', 'Signet', 'Chipnet', 'STN', 'Regtest'] as const;

const hash = (description: string) => text(description, { maxLength: 64, pattern: HASH });
const height = (description: string) => integer(description, { minimum: 0, maximum: 2 ** 31 - 1 });

const external = object(
  'A bitcoind that runs elsewhere: it is watched and can be indexed. All that is made for it is the Secret `NAME-rpc`.',
  {
    url: text('Where its RPC answers, without user and password: http://10.0.0.5:8332, https://node.example/path/', {
      maxLength: 512,
      pattern: HTTP_URL,
    }),
    secretRef: reference('The Secret with its `username` and `password`.'),
    zmq: list(
      'Where it publishes over ZMQ, such as tcp://10.0.0.5:28332. Where nothing is given, it is asked for news.',
      text('An address.', { maxLength: 256, pattern: `^tcp://[^\\s/]+:${PORT}$` }),
      { maxItems: 16, default: [] },
    ),
  },
);

const storage = volume('The volume that holds the chain.', '1Ti');

const pruning = object(
  'Whether old blocks are deleted. An index needs the blocks that it has not seen yet.',
  {
    mode: choice(
      'Disabled: all blocks are kept. Automatic: as many as fit in targetMiB. Manual: until pruneblockchain is called.',
      ['Disabled', 'Automatic', 'Manual'],
      { default: 'Disabled' },
    ),
    targetMiB: optional(integer('How much is kept, at least 550 MiB.', { minimum: 550, maximum: 2 ** 31 - 1 })),
  },
  {
    default: {},
    rules: [
      {
        rule: "(self.mode == 'Automatic') == has(self.targetMiB)",
        message: 'targetMiB is needed for mode Automatic, and only for it',
        fieldPath: '.targetMiB',
      },
    ],
  },
);

const indexes = object(
  'Indexes that the node itself keeps.',
  {
    transactions: flag('All transactions by id (txindex).', { default: false }),
    blockFilters: flag('Compact block filters, BIP 157 (Bitcoin Core).', { default: false }),
    coinStats: flag('Statistics of the unspent outputs by height (Bitcoin Core).', { default: false }),
  },
  { default: {} },
);

const rpc = object(
  'How its RPC is served.',
  {
    authSecretRef: optional(
      reference('A Secret with `username` and `password` for it. Default: they are made up, and kept in `NAME-rpc`.'),
    ),
    rest: flag('Whether blocks are served as raw bytes (REST): faster, and without a password.', { default: true }),
    threads: integer('Calls that are answered at the same time.', { minimum: 1, maximum: 256, default: 8 }),
    workQueue: integer('Calls that may wait.', { minimum: 16, maximum: 65_536, default: 128 }),
    clients: list(
      'Pods that may reach RPC and ZMQ beside the operator and the indexes of this node: each an own set of labels.',
      object('Who may.', {
        podSelector: labels('Labels of the Pods.', 16),
        namespaceSelector: optional(labels('Labels of their namespace; that of the node where nothing is given.', 16)),
      }),
      { maxItems: 16, default: [] },
    ),
  },
  { default: {} },
);

const zmq = object(
  'What the node publishes over ZMQ. ZMQ knows no password: the NetworkPolicy is what guards it.',
  {
    topics: list(
      'What is published. BitcoinSV has most of it under names with a 2 (rawtx2), which repeat nothing; for `sequence` BitcoinSV publishes ' +
        'what leaves the mempool, and BitcoinCashNode double spends.',
      choice('A topic.', ['rawtx', 'hashtx', 'rawblock', 'hashblock', 'sequence']),
      {
        maxItems: 5,
        default: ['rawtx', 'hashblock', 'sequence'],
      },
    ),
    highWaterMark: integer('Messages that wait for a slow subscriber before they are dropped.', {
      minimum: 1,
      maximum: 1_000_000,
      default: 100_000,
    }),
  },
  { default: {} },
);

const p2p = object(
  'How it meets other nodes.',
  {
    listen: flag('Whether others may connect to it.', { default: true }),
    maxConnections: integer('Connections in all.', { minimum: 0, maximum: 10_000, default: 125 }),
    addNodes: list(
      'Nodes to stay connected with: HOST or HOST:PORT.',
      text('A node.', {
        maxLength: 300,
        pattern: '^[A-Za-z0-9.:\\[\\]-]+$',
      }),
      { maxItems: 64, default: [] },
    ),
    exposure: choice(
      'Where others reach it: nowhere but by connections that it makes itself (None), inside the cluster, or from outside.',
      ['None', 'ClusterIP', 'LoadBalancer'],
      { default: 'None' },
    ),
    externalAddress: optional(
      text('The address that it tells others.', { maxLength: 300, pattern: '^[A-Za-z0-9.:\\[\\]-]+$' }),
    ),
  },
  { default: {} },
);

const nodeReference = object(
  'Another node that is asked for its opinion: a BitcoinNode, or an RPC address with a Secret.',
  {
    name: objectName('What it is called in status.'),
    nodeRef: optional(reference('A BitcoinNode in the same namespace.')),
    url: optional(text('Where its RPC answers.', { maxLength: 512, pattern: HTTP_URL })),
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
  'When the node counts as synced, stale or split.',
  {
    lagTolerance: integer('Blocks that it may lack and still count as synced.', {
      minimum: 0,
      maximum: 1_000,
      default: 2,
    }),
    tipStaleAfterSeconds: integer(
      'The age of the newest block at which TipStale becomes true. Hours without a block do happen.',
      {
        minimum: 60,
        maximum: 30 * 86_400,
        default: 7_200,
      },
    ),
    minPeers: integer('Fewer peers than these, and the node is not Ready.', { minimum: 0, maximum: 1_000, default: 0 }),
    splitDepth: integer('How many blocks a competing branch must have before it counts as a split.', {
      minimum: 1,
      maximum: 100,
      default: 2,
    }),
    references: list('Nodes whose chain is compared with this one.', nodeReference, {
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
  'The bitcoind that is wanted.',
  {
    implementation: choice('The software, and with it the chain: BTC, BCH or BSV.', IMPLEMENTATIONS, {
      default: 'BitcoinCore',
    }),
    network: choice('The network. Not every implementation has each.', NETWORKS, { default: 'Mainnet' }),
    external: optional(external),
    desiredState,
    image: optional(
      image(
        'The image of bitcoind. Default: a release that the operator was tested for when the node was made; no later operator changes it.',
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
      object('What Bitcoin SV demands that its operators decide.', {
        excessiveBlockSizeBytes: integer('The largest block that is accepted; 0: any.', {
          minimum: 0,
          maximum: 2 ** 53 - 1,
        }),
        maxStackMemoryUsageBytes: integer('The most memory that a script may use; 0: any.', {
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
    terminationGracePeriodSeconds: integer('How long it may take to write its caches to disk when it is stopped.', {
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
              message: 'the operator decides this option itself: use the field of the spec',
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
      { rule: UNCHANGED('implementation'), message: 'the implementation cannot be changed: make another node' },
      { rule: UNCHANGED('network'), message: 'the network cannot be changed: make another node' },
      {
        rule: 'has(self.external) == has(oldSelf.external)',
        message: 'a node in the cluster cannot become one outside, or the other way round: make another node',
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
        message: 'consensusLimits is needed for BitcoinSV, and only for it',
        fieldPath: '.consensusLimits',
      },
      {
        rule: "!(self.indexes.transactions && self.pruning.mode != 'Disabled') || self.implementation == 'BitcoinSV'",
        message: 'an index of all transactions needs all blocks: only BitcoinSV can have it with pruning',
      },
      {
        rule: "self.implementation == 'BitcoinCore' || !(self.indexes.blockFilters || self.indexes.coinStats)",
        message: 'blockFilters and coinStats are indexes of BitcoinCore',
      },
    ],
  },
);

const CONDITIONS = {
  Ready: 'all is as wanted, and the node can be used.',
  Reconciled: 'the cluster holds what the spec asks for.',
  Available: 'its Pod is ready.',
  RPCReachable: 'it answers RPC.',
  Synced: 'its chain reaches as far as its headers do, up to lagTolerance.',
  ChainSplit: 'others follow another chain than it does; status.split has the witnesses. Being behind is no split.',
  TipStale: 'its newest block is older than tipStaleAfterSeconds.',
  StoragePressure: 'its volume is nearly full.',
  AllKindsServed: 'the cluster serves every kind that the operator would make.',
  Reconciling: 'the cluster is on the way to what the spec asks for.',
  Stalled: 'it cannot get there without a change by somebody.',
} as const;
export type BitcoinNodeCondition = keyof typeof CONDITIONS;

const chain = object('The chain as the node has it.', {
  name: text('What the node calls it: main, test, regtest ...', { maxLength: 32 }),
  blocks: height('Height of its newest block.'),
  headers: height('Height of the newest header that it knows.'),
  lag: height('Blocks that it lacks: headers less blocks.'),
  bestBlockHash: hash('Hash of its newest block.'),
  bestBlockTime: time('When that was mined, as its header says.'),
  medianTime: time('The median time of the last 11 blocks.'),
  chainWork: text('Expected hashes up to the newest block, in hexadecimal.', { maxLength: 64 }),
  initialBlockDownload: flag('Whether it says that it is still fetching the chain.'),
  progressPermille: integer('How much of the chain it has verified, of 1000.', { minimum: 0, maximum: 1_000 }),
  pruned: flag('Whether it deletes old blocks.'),
  pruneHeight: optional(height('The lowest block that it still has.')),
  sizeOnDisk: optional(
    text('Bytes of blocks on its disk, where it tells that.', { maxLength: 20, pattern: '^[0-9]+$' }),
  ),
});

const tip = object('The end of one branch.', {
  hash: hash('Its hash.'),
  height: height('Its height.'),
  branchLength: height('Blocks since it parted from the main chain; 0: it is the main chain.'),
  status: text("As getchaintips has it: 'active', 'valid-fork', 'valid-headers', 'headers-only' or 'invalid'.", {
    maxLength: 32,
  }),
});

const witness = object('Who says that the chain is split.', {
  name: text('The reference of the spec, or `self`: a competing tip that the node itself knows.', { maxLength: 63 }),
  height: height('The height at which it has another block.'),
  hash: hash('The block that it has there.'),
});

const status = object('What the node says of itself.', {
  observedGeneration: optional(
    integer('The generation of the spec that this is said of.', { minimum: 0, maximum: 2 ** 53 - 1 }),
  ),
  conditions: optional(conditions(CONDITIONS)),
  node: optional(
    object('The software that answers.', {
      version: text('Its version.', { maxLength: 64 }),
      userAgent: text('What it calls itself to others.', { maxLength: 256 }),
      protocolVersion: integer('The version of the protocol between nodes.', { minimum: 0, maximum: 2 ** 31 - 1 }),
    }),
  ),
  binding: optional(
    object('The Secret with what programs need to use the node, as servicebinding.io has it.', {
      name: text('Its name: type, provider, uri, host, port, username and password are in it.', { maxLength: 253 }),
    }),
  ),
  endpoints: optional(
    list(
      'Where it is reached.',
      object('One service.', {
        name: text('rpc, p2p or zmq.', { maxLength: 16 }),
        url: text('The address.', { maxLength: 512 }),
      }),
      { maxItems: 8, keys: ['name'] },
    ),
  ),
  chain: optional(chain),
  tips: optional(list('The ends of all branches that it knows, newest first.', tip, { maxItems: 8 })),
  split: optional(
    object('The split, while there is one.', {
      since: time('When it was noticed.'),
      forkHeight: height('The newest block that both chains are known to share.'),
      depth: height('Blocks of the other chain that this one does not have.'),
      ourTip: hash('The newest block of this chain.'),
      competingTip: hash('The newest block of the other one.'),
      witnesses: list('Who says so.', witness, { maxItems: 9 }),
    }),
  ),
  peers: optional(
    object('Its connections.', {
      inbound: integer('Made by others.', { minimum: 0, maximum: 100_000 }),
      outbound: integer('Made by it.', { minimum: 0, maximum: 100_000 }),
    }),
  ),
  storage: optional(
    object('Its volume.', {
      capacity: text('How large it is.', { maxLength: 32 }),
      usedPercent: optional(integer('How much of it the chain takes.', { minimum: 0, maximum: 100 })),
    }),
  ),
  lastProbeTime: optional(time('When the node was last asked and something had changed.')),
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
  description: 'A bitcoind, run by the cluster or found outside of it, with its state as status.',
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
