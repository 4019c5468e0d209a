import { describe, expect, it } from 'vitest';
import { describeWith } from '../../services/suite.ts';
import { admissionForAll } from '../support/admission.ts';
import { type Crd, readCrds, type StructuralSchema, type ValidationRule } from '../support/crds.ts';

interface Refused {
  readonly spec: object;
  /** The spec that it replaces. */
  readonly old?: object | undefined;
  readonly because: string;
}

const external = { url: 'http://10.0.0.5:8332', secretRef: { name: 'rpc' } };
const limits = { excessiveBlockSizeBytes: 0, maxStackMemoryUsageBytes: 0 };
const index = (more: object) => ({ nodeRef: { name: 'n' }, store: { secretRef: { name: 'db' } }, ...more });
const managed = (more: object) => index({ store: { managed: more } });
const trigger = (more: object) => ({ nodeRef: { name: 'n' }, templates: [{ name: 't', manifest: {} }], ...more });
const reference = (more: object) => ({ sync: { references: [{ name: 'other', ...more }] } });
const matched = { event: 'TransactionMatched', filter: {}, index: { name: 'i' } };

/** Specs that break one rule each. */
const REFUSED: Readonly<Record<string, readonly Refused[]>> = {
  BitcoinNode: [
    { spec: { implementation: 'BitcoinCashNode' }, old: {}, because: 'the implementation cannot be changed' },
    { spec: { network: 'Regtest' }, old: {}, because: 'the network cannot be changed' },
    { spec: { external }, old: {}, because: 'a node in the cluster cannot become an external one' },
    { spec: { network: 'Chipnet' }, because: 'the implementation has no such network' },
    { spec: { implementation: 'BitcoinSV' }, because: 'consensusLimits is required for BitcoinSV' },
    { spec: { consensusLimits: limits }, because: 'consensusLimits is required for BitcoinSV' },
    {
      spec: { indexes: { transactions: true }, pruning: { mode: 'Manual' } },
      because: 'an index of all transactions needs all blocks',
    },
    {
      spec: { implementation: 'BitcoinCashNode', indexes: { coinStats: true } },
      because: 'only BitcoinCore has the indexes blockFilters and coinStats',
    },
    { spec: { image: 'bitcoin/bitcoin' }, because: 'give the image a tag or a digest' },
    { spec: { image: 'registry:5000/bitcoin' }, because: 'give the image a tag or a digest' },
    { spec: { external: { ...external, url: 'http://me:secret@node' } }, because: 'spec.external.url' },
    { spec: { storage: { size: '10Gi' } }, old: {}, because: 'a volume can grow' },
    { spec: { storage: { size: '900Gi' } }, old: { storage: { size: '1Ti' } }, because: 'a volume can grow' },
    { spec: { storage: { storageClassName: 'ssd' } }, old: {}, because: 'the storage class of a volume' },
    {
      spec: { storage: { storageClassName: 'ssd' } },
      old: { storage: { storageClassName: 'hdd' } },
      because: 'the storage class of a volume',
    },
    { spec: { storage: { accessMode: 'ReadWriteOnce' } }, old: {}, because: 'the access mode of a volume' },
    { spec: { pruning: { mode: 'Automatic' } }, because: 'targetMiB is required for mode Automatic' },
    { spec: { pruning: { targetMiB: 1_000 } }, because: 'targetMiB is required for mode Automatic' },
    { spec: reference({}), because: 'give either nodeRef, or url and secretRef' },
    { spec: reference({ nodeRef: { name: 'a' }, url: external.url }), because: 'give either nodeRef' },
    ...[
      'rpcuser',
      'nolisten',
      'rpcpassword',
      'rpcauth',
      'datadir',
      'zmqpubrawtx',
      'server',
      'blocknotify',
      'regtest',
    ].map((name) => ({
      spec: { extraConfig: [{ name, value: '1' }] },
      because: 'the operator sets this option itself',
    })),
  ],
  BitcoinIndex: [
    { spec: index({ nodeRef: { name: 'm' } }), old: index({}), because: 'the node cannot be changed' },
    { spec: index({ store: {} }), because: 'give either secretRef or managed' },
    { spec: managed({}), old: index({}), because: 'an index cannot move between databases' },
    { spec: managed({ members: 2 }), because: 'a replica set of 2 members does not survive the loss of one' },
    {
      spec: managed({ members: 1 }),
      old: managed({}),
      because: 'the number of members of a replica set cannot be changed',
    },
    { spec: managed({ image: 'mongo' }), because: 'give the image a tag or a digest' },
    { spec: index({ image: 'bitql' }), because: 'give the image a tag or a digest' },
    {
      spec: managed({ storage: { size: '1Gi' } }),
      old: managed({ storage: { size: '2Gi' } }),
      because: 'a volume can grow',
    },
    { spec: managed({ storage: { storageClassName: 'ssd' } }), old: managed({}), because: 'the storage class' },
    { spec: managed({ storage: { accessMode: 'ReadWriteOnce' } }), old: managed({}), because: 'the access mode' },
    { spec: index({ gateway: { replicas: { min: 5, max: 4 } } }), because: 'min must not be more than max' },
  ],
  BlockTrigger: [
    { spec: trigger({ nodeRef: { name: 'm' } }), old: trigger({}), because: 'the node cannot be changed' },
    { spec: trigger({ event: 'Synced' }), old: trigger({}), because: 'the event cannot be changed' },
    { spec: trigger({ filter: {} }), because: 'filter is required for TransactionMatched' },
    { spec: trigger({ ...matched, filter: undefined }), because: 'filter is required for TransactionMatched' },
    { spec: trigger({ index: { name: 'i' } }), because: 'index is required for TransactionMatched' },
    { spec: trigger({ ...matched, index: {} }), because: 'give either name or url' },
    {
      spec: trigger({ templates: [{ name: 't', manifest: { apiVersion: 'v1', kind: 'ConfigMap' } }] }),
      because: 'serviceAccountName is required for kinds other than Job',
    },
  ],
};

/** Specs that obey all rules, also as updates of each other. */
const TAKEN: Readonly<Record<string, readonly object[]>> = {
  BitcoinNode: [
    {},
    { image: 'registry:5000/bitcoin:29.3', extraConfig: [{ name: 'maxuploadtarget', value: '5000' }] },
    { pruning: { mode: 'Automatic', targetMiB: 550 }, ...reference({ nodeRef: { name: 'other' } }) },
  ],
  BitcoinIndex: [
    index({}),
    index({ gateway: { replicas: { min: 3, max: 3 } }, image: `bitql@sha256:${'0'.repeat(64)}` }),
  ],
  BlockTrigger: [trigger({ event: 'BlockConnected' }), trigger({ serviceAccountName: 'maker', suspend: true })],
};

/** Each rule of a schema, with the field that refusals name. For a list, that is any of its items. */
function* rulesOf({ properties, items, ...schema }: StructuralSchema, path = ''): Generator<[RegExp, ValidationRule]> {
  for (const rule of schema['x-kubernetes-validations'] ?? []) {
    yield [new RegExp(`(^|[ [])${path}${rule.fieldPath ?? ''}: Invalid value: [^;]*${escaped(rule.message!)}`), rule];
  }
  for (const [name, of] of Object.entries(properties ?? {}))
    yield* rulesOf(of, path === '' ? name : `${path}\\.${name}`);
  if (items) yield* rulesOf(items, `${path}\\[\\d+\\]`);
}

const escaped = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

describeWith('kubernetes')('the API server', () => {
  const admission = admissionForAll();

  const objectOf = (kind: string, spec: object) => ({
    apiVersion: 'bitql.dev/v1alpha1',
    kind,
    metadata: { name: 'one' },
    spec,
  });

  const answerTo = (kind: string, { spec, old }: Pick<Refused, 'spec' | 'old'>) =>
    old === undefined
      ? admission().ofNew(objectOf(kind, spec))
      : admission().ofChange(objectOf(kind, old), objectOf(kind, spec));

  it.each([
    ['https://app.example', true],
    ['https://app.example:1', true],
    ['http://[::1]:65535', true],
    ['https://app.example:0', false],
    ['https://app.example:080', false],
    ['https://app.example:65536', false],
    ['https://app.example:99999', false],
  ])('decides whether %s is an address with a port', async (address, isOne) => {
    const node = { ...external, url: address };
    const answers = await Promise.all([
      answerTo('BitcoinIndex', { spec: index({ gateway: { cors: [address] } }), old: undefined }),
      answerTo('BitcoinNode', { spec: { external: node }, old: undefined }),
      answerTo('BlockTrigger', { spec: trigger({ ...matched, index: { url: `${address}/graphql` } }), old: undefined }),
    ]);
    expect(answers.map((answer) => answer === '')).toEqual([isOne, isOne, isOne]);
  });

  describe.each(readCrds().map((crd) => [crd.spec.names.kind, crd] as const))('refuses a %s', (kind, crd: Crd) => {
    const refused = REFUSED[kind]!;

    it.each(refused.map((of) => [of.because, of] as const))('that %s ...', async (because, of) => {
      expect(await answerTo(kind, of)).toContain(because);
    });

    it('each rule of its schema', async () => {
      const answers = await Promise.all(refused.map((of) => answerTo(kind, of)));
      const rules = [...rulesOf(crd.spec.versions[0]!.schema.openAPIV3Schema)];
      expect(rules.length).toBeGreaterThan(5);
      const unbroken = rules.filter(([said]) => !answers.some((answer) => said.test(answer)));
      expect(unbroken.map(([, { message }]) => message)).toEqual([]);
    });

    it('does not refuse a correct one', async () => {
      for (const spec of TAKEN[kind]!) {
        for (const old of [undefined, ...TAKEN[kind]!]) expect(await answerTo(kind, { spec, old })).toBe('');
      }
    });
  });
});
