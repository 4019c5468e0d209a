import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { Sandbox } from '../../../dev/sandbox.ts';
import { definitionOf } from '../../../k8s/api/custom-resource.ts';
import { KINDS } from '../../../k8s/api/kinds.ts';
import { crdFiles } from '../../../scripts/crd-files.ts';
import { run } from '../../cli/support.ts';
import { describeWith } from '../../services/suite.ts';

const FOLDER = fileURLToPath(new URL('../../../k8s/crds', import.meta.url));

interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly anyOf?: unknown;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly format?: string;
  readonly [extension: `x-kubernetes-${string}`]: unknown;
}

/** All schemas inside the schema of a kind, by path. */
function* below(path: string, schema: Schema): Generator<readonly [path: string, schema: Schema]> {
  yield [path, schema];
  for (const [name, of] of Object.entries(schema.properties ?? {})) yield* below(`${path}.${name}`, of);
  if (typeof schema.additionalProperties === 'object') yield* below(`${path}.*`, schema.additionalProperties);
  if (schema.items) yield* below(`${path}[]`, schema.items);
}

function schemaOf(definition: ReturnType<typeof definitionOf>): Schema {
  const { versions } = definition.spec as { versions: { schema: { openAPIV3Schema: Schema } }[] };
  return versions[0]!.schema.openAPIV3Schema;
}

/** Fields that the API server describes itself. */
const isItsOwn = (path: string) => path.startsWith('.metadata');

describe('the files of k8s/crds', () => {
  it.each(crdFiles())('%s equals the output of npm run crds', (name, content) => {
    expect(readFileSync(join(FOLDER, name), 'utf8')).toBe(content);
  });

  it('are exactly those of the kinds', () => {
    expect(readdirSync(FOLDER).sort()).toEqual(
      crdFiles()
        .map(([name]) => name)
        .sort(),
    );
  });
});

/** A change of a definition that Kubernetes refuses. */
interface RefusedChange {
  readonly what: string;
  readonly kind: string;
  /** Of a field below the spec. */
  readonly path: readonly string[];
  readonly change: (schema: Schema) => object;
  /** A part of the refusal. */
  readonly because: string;
}

/**
 * Kubernetes' own checks: whether schemas are structural, rules compile and are cheap enough, and defaults obey their
 * rules.
 */
describeWith('kubernetes')('the validation of definitions', ({ kubernetesAssets }) => {
  const sandbox = new Sandbox('crds');
  afterAll(() => sandbox.close());

  function check(definition: object) {
    const file = join(sandbox.folder, 'definition.json');
    writeFileSync(file, JSON.stringify(definition));
    return run(join(kubernetesAssets, 'crdcheck'), [file]);
  }

  /** The definition with another spec schema. */
  function changed(kind: string, path: readonly string[], change: (schema: Schema) => object): object {
    const definition = structuredClone(definitionOf(KINDS.find((resource) => resource.kind === kind)!));
    const names = ['spec', ...path];
    const parent = names.slice(0, -1).reduce<Schema>((schema, name) => schema.properties![name]!, schemaOf(definition));
    const properties = parent.properties as Record<string, object>;
    const name = names.at(-1)!;
    properties[name] = { ...properties[name], ...change(properties[name] as Schema) };
    return definition;
  }

  it.each(KINDS.map((resource) => [resource.kind, definitionOf(resource)] as const))(
    'has nothing against %s',
    async (_, definition) => {
      expect(await check(definition)).toMatchObject({ code: 0, stdout: expect.stringMatching(/: ok\n$/) });
    },
  );

  it.each<RefusedChange>([
    {
      what: 'a default that breaks a rule',
      kind: 'BitcoinNode',
      path: ['pruning'],
      change: () => ({ default: {} }),
      because: 'no such key: mode',
    },
    {
      what: 'another',
      kind: 'BitcoinIndex',
      path: ['gateway', 'replicas'],
      change: () => ({ default: {} }),
      because: 'no such key: min',
    },
    {
      what: 'a rule that does not compile',
      kind: 'BitcoinNode',
      path: ['pruning'],
      change: () => ({ 'x-kubernetes-validations': [{ rule: "self.moed == 'Manual'", message: 'no' }] }),
      because: "undefined field 'moed'",
    },
    {
      what: 'a rule that is no condition',
      kind: 'BitcoinNode',
      path: ['dbCacheMiB'],
      change: () => ({ 'x-kubernetes-validations': [{ rule: 'self + 1', message: 'no' }] }),
      because: 'must evaluate to a bool',
    },
    {
      what: 'a rule that costs too much',
      kind: 'BitcoinNode',
      path: ['extraConfig'],
      change: () => ({
        maxItems: 100_000,
        'x-kubernetes-validations': [
          { rule: 'self.all(a, self.all(b, self.all(c, a.name + b.name != c.name)))', message: 'no' },
        ],
      }),
      because: 'estimated rule cost exceeds budget',
    },
    {
      what: 'oldSelf where nobody can say what was before',
      kind: 'BitcoinNode',
      path: ['extraConfig'],
      change: ({ items }) => ({
        'x-kubernetes-list-type': 'atomic',
        'x-kubernetes-list-map-keys': undefined,
        items: { ...items, 'x-kubernetes-validations': [{ rule: 'self == oldSelf', message: 'no' }] },
      }),
      because: 'oldSelf cannot be used on the uncorrelatable portion',
    },
  ])('refuses $what', async ({ kind, path, change, because }) => {
    const { code, stdout } = await check(changed(kind, path, change));
    expect([code, stdout]).toEqual([1, expect.stringContaining(because)]);
  });
});

describe.each(KINDS.map((resource) => [resource.kind, resource] as const))('the schema of %s', (_kind, resource) => {
  const schemas = [...below('', schemaOf(definitionOf(resource)))];
  const faulty = (is: (schema: Schema, path: string) => boolean) =>
    schemas.filter(([path, schema]) => !isItsOwn(path) && is(schema, path)).map(([path]) => path);

  it('is found', () => {
    expect(schemas.length).toBeGreaterThan(40);
  });

  it('describes every field', () => {
    const isText = (path: string) => !path.endsWith('[]') && !path.endsWith('.*');
    expect(faulty(({ description }, path) => isText(path) && !/^\S.{6,}[^,;\s]$/s.test(description ?? ''))).toEqual([]);
  });

  it('is structural: a type everywhere, and no choice between shapes', () => {
    const isEither = (schema: Schema) => schema['x-kubernetes-int-or-string'] === true;
    expect(faulty((schema) => (schema.type === undefined) !== isEither(schema))).toEqual([]);
    expect(faulty((schema) => schema.anyOf !== undefined && !isEither(schema))).toEqual([]);
    expect(
      faulty(({ properties, additionalProperties }) => properties !== undefined && additionalProperties !== undefined),
    ).toEqual([]);
    expect(faulty(({ type, format }) => type === 'number' || format === 'double')).toEqual([]);
  });

  it('bounds every text, list, map and number', () => {
    const isBounded = (schema: Schema) => {
      if (schema.enum !== undefined || schema.format === 'date-time') return true;
      if (schema.type === 'string') return schema.maxLength !== undefined;
      if (schema.type === 'array') return schema.maxItems !== undefined;
      if (schema.type === 'integer') return schema.minimum !== undefined && schema.maximum! <= Number.MAX_SAFE_INTEGER;
      return typeof schema.additionalProperties !== 'object' || schema.maxProperties !== undefined;
    };
    expect(faulty((schema, path) => path !== '.apiVersion' && path !== '.kind' && !isBounded(schema))).toEqual([]);
  });

  it('names its choices in PascalCase', () => {
    const names = schemas.flatMap(([path, schema]) => (path.startsWith('.spec') ? (schema.enum ?? []) : []));
    const known = /^(rawtx|hashtx|rawblock|hashblock|sequence|debug|info|warn|error|[13])$/;
    expect(names.filter((name) => !/^[A-Z][A-Za-z0-9]*$/.test(name) && !known.test(name))).toEqual([]);
  });

  it('distinguishes the items of lists by keys that they have', () => {
    const keyless = faulty(({ items, ...schema }) => {
      const keys = (schema['x-kubernetes-list-map-keys'] ?? []) as readonly string[];
      return keys.some((key) => !items?.required?.includes(key) && items?.properties?.[key]?.default === undefined);
    });
    expect(keyless).toEqual([]);
  });

  it('has defaults that form a valid object', () => {
    const unmet = faulty((schema) => {
      if (schema.type !== 'object' || schema.default === undefined) return false;
      return (schema.required ?? []).some((name) => schema.properties?.[name]?.default === undefined);
    });
    expect(unmet).toEqual([]);
  });

  it('writes the defaults of fields into that of an object with rules, which the API server asks before it fills them in', () => {
    const raw = faulty(({ properties = {}, ...schema }) => {
      if (schema.default === undefined || schema['x-kubernetes-validations'] === undefined) return false;
      const given = schema.default as Readonly<Record<string, unknown>>;
      return Object.entries(properties).some(([name, of]) => of.default !== undefined && given[name] === undefined);
    });
    expect(raw).toEqual([]);
  });
});
