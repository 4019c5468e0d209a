import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { KINDS } from '../../../k8s/api/kinds.ts';
import { INDEX_CHILD_KINDS as INDEX_CHILDREN } from '../../../k8s/operator/index/apply.ts';
import { NODE_CHILD_KINDS as NODE_CHILDREN } from '../../../k8s/operator/node/apply.ts';
import { reconcilers } from '../../../k8s/operator/operator.ts';
import * as kinds from '../../../k8s/operator/runtime/kinds.ts';
import { groupOf, type Resource } from '../../../k8s/operator/runtime/resource.ts';
import { K8S, objectsIn } from './rendered.ts';

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

const rulesOf = (file: string, role: string): Rule[] =>
  objectsIn(readFileSync(join(K8S, 'base', file), 'utf8')).find(
    ({ kind, metadata }) => /Role$/.test(kind) && metadata.name === role,
  )!.rules;

/** A right as text: `get secrets`, `patch apps/deployments`. */
const right = (verb: string, group: string, plural: string) => `${verb} ${group === '' ? '' : `${group}/`}${plural}`;
const rightsTo = ({ apiVersion, plural }: Resource, ...verbs: string[]) =>
  verbs.map((verb) => right(verb, groupOf(apiVersion), plural));
const rightsBy = (rules: readonly Rule[]) =>
  rules.flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap((group) => resources.flatMap((of) => verbs.map((verb) => right(verb, group, of)))),
  );

const OPERATOR = join(K8S, 'operator');
const ALL = reconcilers({ image: 'bitql:1.2.3' });

/** What the runtime does for each reconciler. */
function rightsOfRuntime(): string[] {
  return ALL.flatMap(({ resource, owns, watches = [] }) => [
    ...rightsTo(resource, 'list', 'watch'),
    ...rightsTo({ ...resource, plural: `${resource.plural}/status` }, 'patch'),
    // To own a child that blocks the owner's deletion.
    ...rightsTo({ ...resource, plural: `${resource.plural}/finalizers` }, 'update'),
    ...owns.flatMap((owned) => rightsTo(owned, 'list', 'watch')),
    ...watches.flatMap((watched) => rightsTo(watched.resource, 'list', 'watch')),
  ]);
}

/** Kinds that are read only from memory. */
const KEPT = new Set(ALL.flatMap(({ resource, reads = [] }) => [resource, ...reads].map(({ kind }) => kind)));

/** Calls with a kind in the source, such as `cluster.get<Secret>(SECRET, ...)`. */
function rightsOfCalls(): string[] {
  const named = new Map<string, Resource>(Object.entries(kinds));
  for (const { resource } of ALL) named.set(CONSTANTS[resource.kind]!, resource);
  const files = globSync('{runtime,node,index,trigger}/**/*.ts', { cwd: OPERATOR });
  return files.flatMap((file) => {
    const source = readFileSync(join(OPERATOR, file), 'utf8');
    const calls = source.matchAll(/\bcluster\.(get|list|delete|patch|read)(?:<\w+>)?\(\s*([A-Z][A-Z_]+)\b/g);
    return [...calls].flatMap(([, verb, name]) => {
      const resource = named.get(name!);
      if (resource === undefined) throw new Error(`${file}: which kind is ${name}?`);
      if (verb !== 'read') return rightsTo(resource, verb!);
      return KEPT.has(resource.kind) ? [] : rightsTo(resource, 'get');
    });
  });
}

const CONSTANTS: Readonly<Record<string, string>> = {
  BitcoinNode: 'NODE',
  BitcoinIndex: 'INDEX',
  BlockTrigger: 'TRIGGER',
};

/** Calls whose kind is known only at run time. */
const OTHER_CALLS: readonly string[] = [
  // Reading a possible object of others, then server-side apply, which also creates.
  ...[...NODE_CHILDREN, ...INDEX_CHILDREN].flatMap((child) => rightsTo(child, 'get', 'create', 'patch')),
  // Objects that a node or an index had and no longer wants (runtime/apply.ts).
  ...[kinds.SERVICE, kinds.NETWORK_POLICY].flatMap((child) => rightsTo(child, 'delete')),
  ...[kinds.INGRESS, kinds.NETWORK_POLICY, kinds.SERVICE_MONITOR].flatMap((child) => rightsTo(child, 'list', 'delete')),
  // Volumes that lack our labels (runtime/workloads.ts).
  ...rightsTo(kinds.PERSISTENT_VOLUME_CLAIM, 'get'),
  // trigger/apply.ts
  ...rightsTo(kinds.JOB, 'list', 'create', 'delete'),
  // The event recorder.
  ...rightsTo(kinds.EVENT, 'create', 'get', 'patch'),
];

describe("the operator's rights", () => {
  it('are exactly the ones that it uses', () => {
    const needed = new Set([...rightsOfRuntime(), ...rightsOfCalls(), ...OTHER_CALLS]);
    expect(rightsBy(rulesOf('cluster-role.yaml', 'bitql-operator')).sort()).toEqual([...needed].sort());
  });

  it('do not reach Secrets that nobody named', () => {
    const secrets = rightsBy(rulesOf('cluster-role.yaml', 'bitql-operator')).filter((of) => of.endsWith(' secrets'));
    expect(secrets.sort()).toEqual(['create secrets', 'get secrets', 'patch secrets']);
  });

  it('to Leases are those to its own', () => {
    const rules = rulesOf('lease-role.yaml', 'bitql-operator-lease');
    const lease = rightsTo(kinds.LEASE, 'create', 'get', 'update');
    expect(rightsBy(rules).sort()).toEqual(lease.sort());
    // A rule cannot name an object that does not exist yet.
    const withoutName = rules.filter(({ resourceNames }) => resourceNames === undefined);
    expect(rightsBy(withoutName)).toEqual(rightsTo(kinds.LEASE, 'create'));
  });

  it.each([
    ['cluster-role.yaml', 'bitql-operator'],
    ['lease-role.yaml', 'bitql-operator-lease'],
    ['user-roles.yaml', 'bitql-operator-view'],
    ['user-roles.yaml', 'bitql-operator-edit'],
  ])('in %s (%s) name groups, kinds and verbs', (file, role) => {
    const rules = rulesOf(file, role);
    expect(rules.length).toBeGreaterThan(0);
    expect(JSON.stringify(rules)).not.toContain('*');
  });
});

describe('roles of users', () => {
  const ours = (...verbs: string[]) =>
    KINDS.flatMap(({ plural }) => verbs.map((verb) => right(verb, 'bitql.dev', plural))).sort();

  it('let viewers of a namespace see the kinds, and editors create them', () => {
    expect(rightsBy(rulesOf('user-roles.yaml', 'bitql-operator-view')).sort()).toEqual(ours('get', 'list', 'watch'));
    expect(rightsBy(rulesOf('user-roles.yaml', 'bitql-operator-edit')).sort()).toEqual(
      ours('create', 'update', 'patch', 'delete', 'deletecollection'),
    );
  });
});
