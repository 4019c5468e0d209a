import type { Static } from 'typebox';
import { conditions } from './conditions.ts';
import type { CustomResource } from './custom-resource.ts';
import {
  desiredState,
  image,
  imagePullPolicy,
  imagePullSecrets,
  keyReference,
  networkPolicy,
  PORT,
  reference,
  resources,
  scheduling,
  serviceMonitor,
  volume,
} from './fields.ts';
import { choice, flag, integer, labels, list, object, optional, text } from './schema.ts';

const height = (description: string) => integer(description, { minimum: 0, maximum: 2 ** 31 - 1 });
const count = (description: string) => integer(description, { minimum: 0, maximum: 10_000 });
const HOST = '^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$';

const managedStore = object('A MongoDB replica set that the operator runs.', {
  members: integer('The number of members: 3 survive the loss of one machine, 1 is for tests.', {
    minimum: 1,
    maximum: 3,
    default: 3,
    rules: [
      { rule: 'self != 2', message: 'a replica set of 2 members does not survive the loss of one: use 1 or 3' },
      { rule: 'self == oldSelf', message: 'the number of members of a replica set cannot be changed' },
    ],
  }),
  image: optional(
    image(
      'The MongoDB image. Default: a release that the operator was tested with. It is set when the database is created and does not change afterwards.',
    ),
  ),
  storage: volume('The volume of each member. An index needs several times the size of its chain.', '4Ti'),
  cacheMiB: integer("Memory for MongoDB's cache (WiredTiger).", { minimum: 256, maximum: 1_048_576, default: 2_048 }),
  resources: optional(resources('each member')),
  scheduling: optional(scheduling),
});

const store = object(
  'Where the index is stored.',
  {
    secretRef: optional(
      keyReference('A Secret with the URI of a MongoDB database: mongodb://USER:PASSWORD@HOST/NAME', 'uri'),
    ),
    managed: optional(managedStore),
  },
  {
    rules: [
      { rule: 'has(self.secretRef) != has(self.managed)', message: 'give either secretRef or managed' },
      {
        rule: 'has(self.managed) == has(oldSelf.managed)',
        message: 'an index cannot move between databases: create another index, then delete this one',
      },
    ],
  },
);

const indexer = object(
  'The indexer, which reads blocks and the mempool from the node. One of its Pods writes; others stand by.',
  {
    from: text(
      "The first height to index. With 'tip', new blocks are served at once, and older ones are indexed in the background.",
      {
        maxLength: 10,
        pattern: '^(tip|[0-9]{1,9})$',
        default: '0',
      },
    ),
    index: list(
      'What transactions are found by, in addition to what every index has. A new index has Tokens and Scripts anyway. What an index lacks is added in the background.',
      choice('A family of postings (docs/running.md).', ['Tokens', 'Scripts', 'Inputs']),
      { maxItems: 3, default: [] },
    ),
    replicas: integer('The number of Pods: 1, or 2 so that one can take over from the other.', {
      minimum: 1,
      maximum: 2,
      default: 1,
    }),
    cacheMiB: integer('Memory for outputs of recent transactions.', { minimum: 16, maximum: 1_048_576, default: 256 }),
    keepEventsHours: integer(
      'How long the event log is kept. Subscribers that were away for less than that miss nothing.',
      {
        minimum: 1,
        maximum: 8_760,
        default: 24,
      },
    ),
    lagTolerance: integer('The number of blocks that it may be behind and still count as synced.', {
      minimum: 0,
      maximum: 1_000,
      default: 2,
    }),
    resources: optional(resources('the indexer')),
    scheduling: optional(scheduling),
  },
  { default: {} },
);

const autoscaling = object(
  'The targets for scaling the gateways. Their number follows the target that needs most of them.',
  {
    cpuPercent: integer('CPU usage, in percent of the requested CPU.', {
      minimum: 10,
      maximum: 100,
      default: 70,
    }),
    requestsPerSecond: optional(
      integer('Requests per second and gateway. It needs an adapter for custom metrics.', {
        minimum: 1,
        maximum: 1_000_000,
      }),
    ),
    subscriptions: optional(
      integer('Open subscriptions per gateway. It needs an adapter for custom metrics.', {
        minimum: 1,
        maximum: 1_000_000,
      }),
    ),
  },
  { default: {} },
);

const ingress = object('Exposes the gateways to the internet, with an Ingress.', {
  host: text('The host name of the API.', { maxLength: 253, pattern: HOST }),
  className: optional(text("The IngressClass. Default: the cluster's default.", { maxLength: 253 })),
  tlsSecretName: optional(text('The Secret with the certificate. Without it, TLS is not used.', { maxLength: 253 })),
  annotations: optional(labels('Annotations for the ingress controller or cert-manager.', 32)),
});

const gateway = object(
  'The gateways, which answer GraphQL: any number of equal Pods.',
  {
    replicas: object(
      'The number of Pods.',
      {
        min: integer('At least.', { minimum: 1, maximum: 1_000, default: 2 }),
        max: integer('At most.', { minimum: 1, maximum: 1_000, default: 10 }),
      },
      { default: {}, rules: [{ rule: 'self.min <= self.max', message: 'min must not be more than max' }] },
    ),
    autoscaling,
    ingress: optional(ingress),
    tiersRef: optional(
      keyReference('A ConfigMap with the limits of callers, as JSON (`bitql serve --tiers`).', 'tiers.json'),
    ),
    trustedDocumentsRef: optional(
      keyReference(
        'A ConfigMap with the only queries that are answered, as JSON (`--trusted-documents`).',
        'documents.json',
      ),
    ),
    trustedProxies: list(
      'Networks of trusted proxies, for example 10.0.0.0/8. The address of a caller is taken from their X-Forwarded-For header.',
      text('A network or an IP address.', { maxLength: 64, pattern: '^[0-9a-fA-F.:]+(/[0-9]{1,3})?$' }),
      { maxItems: 32, default: [] },
    ),
    cors: optional(
      list(
        'The origins whose web pages may use the API, in addition to its own (`--cors`). An empty list allows no others. Default: all.',
        text('An origin, for example https://app.example.', {
          maxLength: 253,
          pattern: `^https?://([-a-z0-9._]+|\\[[0-9a-f:.]+\\])(:${PORT})?$`,
        }),
        { maxItems: 64 },
      ),
    ),
    broadcast: flag('Whether clients may send transactions to the node (broadcastTransaction).', { default: false }),
    scanBudget: integer('The maximum number of rows that one request may examine.', {
      minimum: 100,
      maximum: 10_000_000,
      default: 10_000,
    }),
    cacheMiB: integer('Memory for caching transactions and blocks.', {
      minimum: 1,
      maximum: 65_536,
      default: 64,
    }),
    maxSubscriptions: integer('The maximum number of open subscriptions per gateway.', {
      minimum: 1,
      maximum: 1_000_000,
      default: 20_000,
    }),
    drainSeconds: integer('How long a stopping gateway continues to answer, so that load balancers notice in time.', {
      minimum: 0,
      maximum: 300,
      default: 10,
    }),
    resources: optional(resources('each gateway')),
    scheduling: optional(scheduling),
  },
  { default: {} },
);

const spec = object(
  'The desired state of the API.',
  {
    nodeRef: reference('The BitcoinNode whose chain is indexed.'),
    desiredState,
    store,
    image: optional(
      image(
        "The image of indexer and gateways. Set it to a release to upgrade them. Default: the operator's image at the time the index is created.",
      ),
    ),
    imagePullPolicy,
    imagePullSecrets: optional(imagePullSecrets),
    indexer,
    gateway,
    logLevel: choice('The lowest level to log.', ['debug', 'info', 'warn', 'error'], { default: 'info' }),
    networkPolicy,
    serviceMonitor,
  },
  {
    rules: [{ rule: 'self.nodeRef == oldSelf.nodeRef', message: 'the node cannot be changed: create another index' }],
  },
);

const CONDITIONS = {
  Ready: 'everything is as the spec asks for, and the API answers.',
  Reconciled: 'the objects in the cluster are as the spec asks for.',
  NodeReady: 'the node can be used.',
  StoreReady: 'the database answers.',
  StorePatched: 'a managed database runs the newest patch release of its series that the operator knows.',
  IndexerAvailable: 'a Pod of the indexer is ready.',
  GatewayAvailable: 'the desired number of gateways is ready, and at least one.',
  Synced: 'the index has the blocks of the node, except at most lagTolerance.',
  AllKindsServed: 'the cluster serves every kind of object that the operator needs to create.',
  Reconciling: 'the cluster is still changing to what the spec asks for.',
  Stalled: 'the operator cannot continue until a user changes something.',
} as const;
export type BitcoinIndexCondition = keyof typeof CONDITIONS;

const status = object('The observed state of the API.', {
  observedGeneration: optional(
    integer('The generation of the spec that this status is based on.', { minimum: 0, maximum: 2 ** 53 - 1 }),
  ),
  conditions: optional(conditions(CONDITIONS)),
  url: optional(text('The GraphQL URL.', { maxLength: 512 })),
  network: optional(text('The network of the index, for example btc-mainnet.', { maxLength: 32 })),
  height: optional(height('The highest indexed block.')),
  nodeHeight: optional(height("The node's highest block.")),
  lag: optional(height('The number of blocks that the node has and the index does not have yet.')),
  coverage: optional(
    list(
      'The indexed parts of the chain.',
      object('A range of heights, both ends included.', {
        from: height('The lowest.'),
        to: height('The highest.'),
      }),
      { maxItems: 16 },
    ),
  ),
  gateway: optional(
    object('The gateways.', {
      replicas: count('The number of Pods.'),
      readyReplicas: count('The number of ready Pods.'),
    }),
  ),
  indexer: optional(
    object('The indexer.', {
      replicas: count('The number of Pods.'),
      readyReplicas: count('The number of ready Pods.'),
    }),
  ),
});

export type BitcoinIndexSpec = Static<typeof spec>;
export type BitcoinIndexStatus = Static<typeof status>;

/** A chain as a GraphQL API: indexer, database and gateways. */
export const BITCOIN_INDEX = {
  kind: 'BitcoinIndex',
  plural: 'bitcoinindexes',
  singular: 'bitcoinindex',
  shortNames: ['btcidx'],
  description: 'The chain of a BitcoinNode as a GraphQL API: an indexer, a database, and gateways that scale.',
  spec,
  status,
  selectableFields: ['.spec.nodeRef.name'],
  columns: [
    { name: 'URL', type: 'string', jsonPath: '.status.url' },
    { name: 'Height', type: 'integer', jsonPath: '.status.height' },
    { name: 'Lag', type: 'integer', jsonPath: '.status.lag' },
    { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
    { name: 'Synced', type: 'string', jsonPath: '.status.conditions[?(@.type=="Synced")].status', priority: 1 },
    { name: 'Gateways', type: 'integer', jsonPath: '.status.gateway.readyReplicas', priority: 1 },
    { name: 'Node', type: 'string', jsonPath: '.spec.nodeRef.name', priority: 1 },
    { name: 'From', type: 'integer', jsonPath: '.status.coverage[0].from', priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
} as const satisfies CustomResource;
