import { describe, expect, it } from 'vitest';
import { type Crd, readCrds, type StructuralSchema, type ValidationRule } from './crds.ts';
import { compareQuantities, isQuantity } from './quantities.ts';
import { mistakesInRules, violations } from './violations.ts';

function crdWith(spec: StructuralSchema, ...rules: ValidationRule[]): Crd {
  const openAPIV3Schema: StructuralSchema = {
    type: 'object',
    required: ['spec'],
    properties: { apiVersion: { type: 'string' }, kind: { type: 'string' }, metadata: { type: 'object' }, spec },
    'x-kubernetes-validations': rules,
  };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'things.test.dev' },
    spec: {
      group: 'test.dev',
      names: { kind: 'Thing', plural: 'things' },
      versions: [{ name: 'v1', schema: { openAPIV3Schema } }],
    },
  };
}

const thing = (spec: object, name = 'one') => ({ apiVersion: 'test.dev/v1', kind: 'Thing', metadata: { name }, spec });

const rule = (text: string, message = 'broken', fieldPath?: string): ValidationRule => {
  return { rule: text, message, ...(fieldPath !== undefined && { fieldPath }) };
};

const SPEC: StructuralSchema = {
  type: 'object',
  required: ['size'],
  'x-kubernetes-validations': [
    rule("has(self.external) != (self.mode == 'Inside')", 'external needs its mode', '.external'),
    rule('self.mode == oldSelf.mode', 'the mode cannot be changed'),
    rule('self.part == oldSelf.part || self.part.count > 1', 'the part may only become more than one'),
    rule('self.until > timestamp("2009-01-03T18:15:05Z")', 'too early'),
  ],
  properties: {
    mode: { type: 'string', enum: ['Inside', 'Outside'], default: 'Inside' },
    external: { type: 'object', properties: { url: { type: 'string', maxLength: 20 } } },
    part: { type: 'object', default: {}, properties: { count: { type: 'integer', default: 1, maximum: 9 } } },
    until: { type: 'string', format: 'date-time', default: '2026-01-01T00:00:00Z' },
    size: {
      type: 'string',
      pattern: '^[0-9]+Gi$',
      'x-kubernetes-validations': [rule('quantity(self).compareTo(quantity(oldSelf)) >= 0', 'it cannot shrink')],
    },
    port: { 'x-kubernetes-int-or-string': true },
    clients: {
      type: 'array',
      maxItems: 3,
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
      'x-kubernetes-validations': [rule("self.exists(c, c.name == 'main')", 'there is always main')],
      items: {
        type: 'object',
        required: ['name'],
        properties: { name: { type: 'string' }, rate: { type: 'integer' } },
        'x-kubernetes-validations': [rule('!has(oldSelf.rate) || self.rate >= oldSelf.rate', 'no slower')],
      },
    },
  },
};

const crd = crdWith(SPEC, rule('self.metadata.name.size() <= 5', 'the name is too long'));

describe('violations', () => {
  it('are none of what an API server takes', () => {
    expect(violations(crd, thing({ size: '10Gi' }))).toEqual([]);
    const full = {
      mode: 'Outside',
      external: { url: 'http://x' },
      size: '1Gi',
      port: 'rpc',
      clients: [{ name: 'main' }],
    };
    expect(violations(crd, thing(full), thing(full))).toEqual([]);
  });

  it.each([
    [{}, 'required properties size'],
    [{ size: '10' }, 'spec.size: must match pattern'],
    [{ size: '1Gi', mode: 'Between' }, 'spec.mode: must be equal to one of'],
    [{ size: '1Gi', part: { count: 10 } }, 'spec.part.count: must be <= 9'],
    [{ size: '1Gi', part: { count: 1.5 } }, 'spec.part.count: must be integer'],
    [{ size: '1Gi', moed: 'Inside' }, 'spec.moed: unknown field'],
    [{ size: '1Gi', clients: [{}] }, 'spec.clients.0: must have required properties name'],
    [{ size: '1Gi', external: { url: 'x'.repeat(21) } }, 'spec.external.url: must not have more than 20'],
  ])('tell that %j is not of the schema', (spec, message) => {
    expect(violations(crd, thing(spec)).join()).toContain(message);
  });

  it('tell which rule is broken, and where', () => {
    expect(violations(crd, thing({ size: '1Gi', external: {} }))).toEqual(['spec.external: external needs its mode']);
    expect(violations(crd, thing({ size: '1Gi', clients: [] }))).toEqual(['spec.clients: there is always main']);
    expect(violations(crd, thing({ size: '1Gi', until: '2008-10-31T00:00:00Z' }))).toEqual(['spec: too early']);
    expect(violations(crd, thing({ size: '1Gi' }, 'longer'))).toEqual(['it: the name is too long']);
  });

  it('compare with what was before', () => {
    const old = thing({ size: '900Gi', clients: [{ name: 'a' }, { name: 'main', rate: 5 }] });
    const next = { size: '1000Gi', clients: [{ name: 'main', rate: 5 }] };
    expect(violations(crd, thing(next), old)).toEqual([]);
    expect(violations(crd, thing({ ...next, size: '899Gi' }), old)).toEqual(['spec.size: it cannot shrink']);
    expect(violations(crd, thing({ ...next, clients: [{ name: 'main', rate: 4 }] }), old)).toEqual([
      'spec.clients.0: no slower',
    ]);
    expect(violations(crd, thing({ ...next, part: { count: 2 } }), old)).toEqual([]);
    const changed = { ...next, mode: 'Outside', external: {}, part: { count: 0 } };
    expect(violations(crd, thing(changed), old)).toEqual([
      'spec: the mode cannot be changed',
      'spec: the part may only become more than one',
    ]);
  });

  it('count a rule as broken that reads an absent field', () => {
    const careless = crdWith({
      type: 'object',
      properties: { a: { type: 'integer' } },
      'x-kubernetes-validations': [rule('self.a > 0')],
    });
    expect(violations(careless, thing({ a: 1 }))).toEqual([]);
    expect(violations(careless, thing({}))).toEqual(['spec: broken']);
  });
});

describe('mistakes in rules', () => {
  const mistakesOf = (text: string) => mistakesInRules(crdWith({ ...SPEC, 'x-kubernetes-validations': [rule(text)] }));

  it('are none where all is well', () => {
    expect(mistakesInRules(crd)).toEqual([]);
  });

  it.each([
    ['self.moed == "Inside"', 'No such key: moed'],
    ['has(self.moed)', 'No such key: moed'],
    ['self.clients.all(c, has(c.nam))', 'No such key: nam'],
    ['self.mode > 1', 'no such overload'],
    ['self.part.count + 1', 'a rule is a bool, this is a int'],
    ['self.mode.isLovely()', 'isLovely'],
    ['self.mode ==', 'Unexpected'],
  ])('are told of %s', (text, message) => {
    expect(mistakesOf(text).join()).toContain(message);
  });

  it('are told of oldSelf where nobody can say what was before', () => {
    const { clients } = SPEC.properties!;
    const list = { ...clients, 'x-kubernetes-list-type': 'atomic' } as const;
    const mistakes = mistakesInRules(crdWith({ ...SPEC, properties: { ...SPEC.properties, clients: list } }));
    expect(mistakes).toEqual([
      expect.stringMatching(/^\.spec\.clients\[\]: .* there is no oldSelf in a list without keys/),
    ]);
  });

  it('are not in the kinds of this project', () => {
    const crds = readCrds();
    expect(crds.map(({ spec }) => spec.names.kind).sort()).toEqual(['BitcoinIndex', 'BitcoinNode', 'BlockTrigger']);
    expect(crds.flatMap(mistakesInRules)).toEqual([]);
  });
});

describe('quantities', () => {
  it.each([
    ['1Gi', '1024Mi', 0],
    ['1Gi', '1G', 1],
    ['1500m', '1.5', 0],
    ['0.5', '501m', -1],
    ['1E', '1Pi', 1],
    ['800Gi', '1Ti', -1],
  ])('%s against %s gives %i', (a, b, expected) => {
    expect(compareQuantities(a, b)).toBe(expected);
  });

  it('are told from other texts', () => {
    expect(['1', '1.5Gi', '100m'].every(isQuantity)).toBe(true);
    expect(['', 'Gi', '1 Gi', '1GB', 'one'].some(isQuantity)).toBe(false);
    expect(() => compareQuantities('1', 'x')).toThrow('x is no quantity');
  });
});
