import fc from 'fast-check';
import type { IndexInputs } from '../../../../k8s/operator/index/inputs.ts';
import type { Served } from '../../../../k8s/operator/index/served.ts';
import { nodeOf } from '../../node/support/some-node.ts';
import { ALL_SERVED, type WrittenIndex } from './objects.ts';

const maybe = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined });
const name = fc.stringMatching(/^[a-z][a-z0-9]{0,20}$/);
const quantity = fc.constantFrom<string | number>(1, 2, '500m', '4Gi', '1.5');
const amounts = fc.record({ cpu: quantity, memory: quantity }, { requiredKeys: [] });
const resources = fc.record({ requests: amounts, limits: amounts }, { requiredKeys: [] });

const scheduling = fc.record(
  {
    nodeSelector: fc.dictionary(name, name, { maxKeys: 2 }),
    tolerations: fc.array(fc.record({ key: name, operator: fc.constantFrom('Exists', 'Equal') }), { maxLength: 2 }),
    priorityClassName: name,
  },
  { requiredKeys: [] },
);

const managed = fc.record(
  {
    members: fc.constantFrom(1, 3),
    cacheMiB: fc.integer({ min: 256, max: 65_536 }),
    storage: fc.record({
      size: fc.constantFrom('10Gi', '4Ti', '800G'),
      retention: fc.constantFrom('Retain' as const, 'Delete' as const),
      accessMode: fc.constantFrom('ReadWriteOnce' as const, 'ReadWriteOncePod' as const),
    }),
    resources,
    scheduling,
  },
  { requiredKeys: [] },
);
const store = fc.oneof(
  fc.record({ managed }),
  fc.record({ secretRef: fc.record({ name, key: fc.constantFrom('uri', 'mongo.uri') }) }),
);

const gateway = fc.record(
  {
    replicas: fc
      .tuple(fc.integer({ min: 1, max: 1_000 }), fc.integer({ min: 1, max: 1_000 }))
      .map(([a, b]) => ({ min: Math.min(a, b), max: Math.max(a, b) })),
    autoscaling: fc.record(
      { cpuPercent: fc.integer({ min: 10, max: 100 }), requestsPerSecond: fc.integer({ min: 1, max: 1_000 }) },
      { requiredKeys: [] },
    ),
    ingress: fc.record(
      { host: fc.constantFrom('a.example', 'localhost'), tlsSecretName: name, className: name },
      { requiredKeys: ['host'] },
    ),
    tiersRef: fc.record({ name: fc.constant('limits') }),
    trustedDocumentsRef: fc.record({ name: fc.constant('app') }),
    trustedProxies: fc.array(fc.constantFrom('10.0.0.0/8', '::1'), { maxLength: 3 }),
    cors: fc.array(fc.constantFrom('https://app.example', 'http://[::1]:3000'), { maxLength: 3 }),
    broadcast: fc.boolean(),
    drainSeconds: fc.integer({ min: 0, max: 300 }),
    resources,
    scheduling,
  },
  { requiredKeys: [] },
);

/** Any spec of a BitcoinIndex that the API server accepts. */
export const someSpec: fc.Arbitrary<WrittenIndex> = fc
  .record(
    {
      nodeRef: fc.record({ name }),
      store,
      desiredState: fc.constantFrom('Running' as const, 'Stopped' as const),
      indexer: fc.record(
        {
          from: fc.constantFrom('tip', '0', '840000'),
          replicas: fc.integer({ min: 1, max: 2 }),
          resources,
          scheduling,
        },
        { requiredKeys: [] },
      ),
      gateway,
      imagePullSecrets: fc.constant([{ name: 'registry' }]),
      networkPolicy: fc.constantFrom('Managed' as const, 'Unmanaged' as const),
      serviceMonitor: fc.boolean(),
    },
    { requiredKeys: ['nodeRef', 'store'] },
  )
  .map((spec) => spec as WrittenIndex);

const served = fc.record(
  Object.fromEntries(Object.keys(ALL_SERVED).map((kind) => [kind, fc.boolean()])) as Record<
    keyof Served,
    fc.Arbitrary<boolean>
  >,
);
const node = fc.constantFrom(
  nodeOf(),
  nodeOf({
    implementation: 'BitcoinSV',
    network: 'STN',
    consensusLimits: { excessiveBlockSizeBytes: 0, maxStackMemoryUsageBytes: 0 },
  }),
  nodeOf({ implementation: 'BitcoinCashNode', network: 'Chipnet', zmq: { topics: [] } }),
  nodeOf({ external: { url: 'https://node.example', secretRef: { name: 'rpc' } } }),
);
const storeUri = maybe(fc.constantFrom('mongodb+srv://user:p@cluster.example/bitql', 'mongodb://[::1]:27018/bitql'));

/** Any inputs for it. */
export const someInputs: fc.Arbitrary<Partial<IndexInputs>> = fc
  .record({ served, node, storeUri })
  .map(({ storeUri: uri, ...rest }) => ({ ...rest, ...(uri !== undefined && { storeUri: uri }) }));
