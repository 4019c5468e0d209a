import type { Static } from 'typebox';
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
} from './common.ts';
import { conditions } from './conditions.ts';
import type { CustomResource } from './custom-resource.ts';
import { choice, flag, integer, labels, list, object, optional, text } from './schema.ts';

const height = (description: string) => integer(description, { minimum: 0, maximum: 2 ** 31 - 1 });
const count = (description: string) => integer(description, { minimum: 0, maximum: 10_000 });
const HOST = '^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$';

const managedStore = object('A MongoDB replica set that the operator runs.', {
  members: integer('How many members: 3 outlive the loss of one machine, 1 is for trying things.', {
    minimum: 1,
    maximum: 3,
    default: 3,
    rules: [
      { rule: 'self != 2', message: 'of 2 members none may be lost: give 1 or 3' },
      { rule: 'self == oldSelf', message: 'the members of a replica set are chosen when it is made' },
    ],
  }),
  image: optional(
    image(
      'The image of MongoDB. Default: a release that the operator was tested for; it stays what the database began with.',
    ),
  ),
  storage: volume('The volume of each member. An index takes several times the size of its chain.', '4Ti'),
  cacheMiB: integer('Memory for its own cache (WiredTiger).', { minimum: 256, maximum: 1_048_576, default: 2_048 }),
  resources: optional(resources('each member')),
  scheduling: optional(scheduling),
});

const store = object(
  'Where the index is kept.',
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
        message: 'an index does not move between databases: make another index, then delete this one',
      },
    ],
  },
);

const indexer = object(
  'What takes blocks and the mempool from the node. One of its Pods writes; others stand by.',
  {
    from: text("The first height to index; or 'tip': new blocks are served at once, and history is filled in behind.", {
      maxLength: 10,
      pattern: '^(tip|[0-9]{1,9})$',
      default: '0',
    }),
    replicas: integer('1; or 2, so that one is ready when the other is gone.', { minimum: 1, maximum: 2, default: 1 }),
    cacheMiB: integer('Memory for outputs of recent transactions.', { minimum: 16, maximum: 1_048_576, default: 256 }),
    keepEventsHours: integer('How long subscribers may stay away and miss nothing.', {
      minimum: 1,
      maximum: 8_760,
      default: 24,
    }),
    lagTolerance: integer('Blocks that it may lack and still count as synced.', {
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
  'When there are more or fewer gateways: as many as the most demanding target asks for.',
  {
    cpuPercent: integer('Processor time, in percent of what was requested.', {
      minimum: 10,
      maximum: 100,
      default: 70,
    }),
    requestsPerSecond: optional(
      integer('Requests a second of one gateway; needs an adapter for custom metrics.', {
        minimum: 1,
        maximum: 1_000_000,
      }),
    ),
    subscriptions: optional(
      integer('Open subscriptions of one gateway; needs an adapter for custom metrics.', {
        minimum: 1,
        maximum: 1_000_000,
      }),
    ),
  },
  { default: {} },
);

const ingress = object('Lets the internet in, by an Ingress.', {
  host: text('The host name under which it is reached.', { maxLength: 253, pattern: HOST }),
  className: optional(text('The IngressClass; the default of the cluster where none is given.', { maxLength: 253 })),
  tlsSecretName: optional(text('The Secret with the certificate. Without one there is no TLS.', { maxLength: 253 })),
  annotations: optional(labels('Annotations that the ingress controller, or cert-manager, heeds.', 32)),
});

const gateway = object(
  'What answers GraphQL: any number of equal Pods.',
  {
    replicas: object(
      'How many there are.',
      {
        min: integer('At least.', { minimum: 1, maximum: 1_000, default: 2 }),
        max: integer('At most.', { minimum: 1, maximum: 1_000, default: 10 }),
      },
      { default: {}, rules: [{ rule: 'self.min <= self.max', message: 'min may not be more than max' }] },
    ),
    autoscaling,
    ingress: optional(ingress),
    tiersRef: optional(
      keyReference('A ConfigMap with what callers may do, as JSON (`bitql serve --tiers`).', 'tiers.json'),
    ),
    trustedDocumentsRef: optional(
      keyReference(
        'A ConfigMap with the only queries that are answered, as JSON (`--trusted-documents`).',
        'documents.json',
      ),
    ),
    trustedProxies: list(
      'Networks of proxies, such as 10.0.0.0/8, which say in X-Forwarded-For where a request comes from.',
      text('A network or an address.', { maxLength: 64, pattern: '^[0-9a-fA-F.:]+(/[0-9]{1,3})?$' }),
      { maxItems: 32, default: [] },
    ),
    cors: optional(
      list(
        'The origins whose web pages may use it, beside its own (`--cors`); an empty list for no others. Default: all.',
        text('An origin, such as https://app.example.', {
          maxLength: 253,
          pattern: `^https?://([-a-z0-9._]+|\\[[0-9a-f:.]+\\])(:${PORT})?$`,
        }),
        { maxItems: 64 },
      ),
    ),
    broadcast: flag('Whether transactions are taken and given to the node (broadcastTransaction).', { default: false }),
    scanBudget: integer('The most rows that one request may examine.', {
      minimum: 100,
      maximum: 10_000_000,
      default: 10_000,
    }),
    cacheMiB: integer('Memory for transactions and blocks that were asked for.', {
      minimum: 1,
      maximum: 65_536,
      default: 64,
    }),
    maxSubscriptions: integer('Subscriptions that one gateway holds.', {
      minimum: 1,
      maximum: 1_000_000,
      default: 20_000,
    }),
    drainSeconds: integer('How long a gateway that ends goes on, until load balancers have noticed.', {
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
  'The API that is wanted.',
  {
    nodeRef: reference('The BitcoinNode whose chain is indexed.'),
    desiredState,
    store,
    image: optional(
      image(
        "The image of indexer and gateways: name a release here to upgrade them. Default: the operator's own; it stays what the index began with.",
      ),
    ),
    imagePullPolicy,
    imagePullSecrets: optional(imagePullSecrets),
    indexer,
    gateway,
    logLevel: choice('What is logged.', ['debug', 'info', 'warn', 'error'], { default: 'info' }),
    networkPolicy,
    serviceMonitor,
  },
  {
    rules: [{ rule: 'self.nodeRef == oldSelf.nodeRef', message: 'the node cannot be changed: make another index' }],
  },
);

const CONDITIONS = {
  Ready: 'all is as wanted, and the API answers.',
  Reconciled: 'the cluster holds what the spec asks for.',
  NodeReady: 'the node can be used.',
  StoreReady: 'the database answers.',
  StorePatched: 'a managed database runs the newest patch release of its series that the operator knows.',
  IndexerAvailable: 'a Pod of the indexer is ready.',
  GatewayAvailable: 'as many gateways as wanted are ready, at least one.',
  Synced: 'the index reaches as far as the node, up to lagTolerance.',
  AllKindsServed: 'the cluster serves every kind that the operator would make.',
  Reconciling: 'the cluster is on the way to what the spec asks for.',
  Stalled: 'it cannot get there without a change by somebody.',
} as const;
export type BitcoinIndexCondition = keyof typeof CONDITIONS;

const status = object('How the API is.', {
  observedGeneration: optional(
    integer('The generation of the spec that this is said of.', { minimum: 0, maximum: 2 ** 53 - 1 }),
  ),
  conditions: optional(conditions(CONDITIONS)),
  url: optional(text('Where GraphQL is answered.', { maxLength: 512 })),
  network: optional(text('The network of the index, such as btc-mainnet.', { maxLength: 32 })),
  height: optional(height('The highest indexed block.')),
  nodeHeight: optional(height("The node's highest block.")),
  lag: optional(height('Blocks that the node has and the index has not.')),
  coverage: optional(
    list(
      'What of the chain is indexed.',
      object('A range of heights, both ends included.', {
        from: height('The lowest.'),
        to: height('The highest.'),
      }),
      { maxItems: 16 },
    ),
  ),
  gateway: optional(
    object('The gateways.', {
      replicas: count('How many there are.'),
      readyReplicas: count('How many of them are ready.'),
    }),
  ),
  indexer: optional(
    object('The indexer.', {
      replicas: count('How many there are.'),
      readyReplicas: count('How many of them are ready.'),
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
