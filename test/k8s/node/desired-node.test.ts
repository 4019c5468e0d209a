import type { V1PodTemplateSpec, V1Service, V1StatefulSet } from '@kubernetes/client-node';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { desiredNode } from '../../../k8s/operator/node/desired.ts';
import type { KubernetesObject } from '../../../k8s/operator/runtime/resource.ts';
import { readCrds } from '../support/crds.ts';
import { podSecurityViolations } from '../support/pod-security.ts';
import { mistakesIn } from '../support/strict-schema.ts';
import { NODE_CASES } from './support/cases.ts';
import { INPUTS, nodeOf, someNode } from './support/some-node.ts';

const CRDS = readCrds();

/** Secrets as text, so that their content can be read. */
function readable(object: KubernetesObject): KubernetesObject {
  if (object.kind !== 'Secret') return object;
  const data = Object.entries(object.data as Record<string, string>);
  return {
    ...object,
    data: Object.fromEntries(data.map(([key, text]) => [key, Buffer.from(text, 'base64').toString()])),
  };
}

const textsOf = (objects: readonly KubernetesObject[]) =>
  objects.map((object) => stringify(readable(object))).join('---\n');

const ofKind = <T>(objects: readonly KubernetesObject[], kind: string): T[] =>
  objects.filter((object) => object.kind === kind) as unknown as T[];

const templateOf = (objects: readonly KubernetesObject[]): V1PodTemplateSpec =>
  ofKind<V1StatefulSet>(objects, 'StatefulSet')[0]!.spec!.template;

/** The default of a later operator. */
const IMAGES = { BitcoinCore: 'bitcoin/bitcoin:31.0' };

describe('the objects of a node', () => {
  it.each(Object.entries(NODE_CASES))('are unchanged: %s', async (name, spec) => {
    const node = nodeOf(spec, name.split('-').at(-1));
    await expect(textsOf(desiredNode(node, INPUTS))).toMatchFileSnapshot(`golden/${name}.yaml`);
  });

  it('are valid for Kubernetes, and stay within the restricted standard', () => {
    fc.assert(
      fc.property(someNode, (node) => {
        const objects = desiredNode(node, INPUTS);
        expect(objects.flatMap((object) => mistakesIn(object, CRDS))).toEqual([]);
        expect(podSecurityViolations(templateOf(objects).spec!)).toEqual([]);
      }),
    );
  });

  it('are the same for the same spec, at any time and in any process', () => {
    fc.assert(
      fc.property(someNode, (node) => {
        expect(textsOf(desiredNode(structuredClone(node), structuredClone(INPUTS)))).toBe(
          textsOf(desiredNode(node, INPUTS)),
        );
      }),
    );
  });

  it('select their own Pods, use ports that exist, and mount volumes that exist', () => {
    fc.assert(
      fc.property(someNode, (node) => {
        const objects = desiredNode(node, INPUTS);
        const { metadata, spec } = templateOf(objects);
        const ports = spec!.containers[0]!.ports!.map(({ name }) => name);
        for (const service of ofKind<V1Service>(objects, 'Service')) {
          expect(metadata!.labels).toMatchObject(service.spec!.selector!);
          for (const { targetPort } of service.spec!.ports!) expect(ports).toContain(targetPort);
        }
        const secrets = ofKind<KubernetesObject>(objects, 'Secret').map(({ metadata }) => metadata.name);
        for (const { secret } of spec!.volumes!) if (secret) expect(secrets).toContain(secret.secretName);
        const volumes = [...spec!.volumes!.map(({ name }) => name), 'data'];
        for (const { name } of spec!.containers[0]!.volumeMounts!) expect(volumes).toContain(name);
      }),
    );
  });

  it('contain the password only in the Secret for the login', () => {
    fc.assert(
      fc.property(someNode, fc.uuid(), (node, password) => {
        const inputs = { ...INPUTS, login: { ...INPUTS.login, password } };
        const [binding, ...others] = desiredNode(node, inputs);
        expect(textsOf([binding!])).toContain(password);
        expect(textsOf(others)).not.toContain(password);
      }),
    );
  });

  it('replace the Pod for another password or option, and not for changes that need no restart', () => {
    const node = nodeOf({});
    const template = (objects: readonly KubernetesObject[]) => stringify(templateOf(objects));
    const before = template(desiredNode(node, INPUTS));
    const login = { ...INPUTS.login, password: 'beef' };
    expect(template(desiredNode(node, { ...INPUTS, login }))).not.toBe(before);
    expect(template(desiredNode(nodeOf({ extraConfig: [{ name: 'debug', value: 'net' }] }), INPUTS))).not.toBe(before);
    expect(template(desiredNode(nodeOf({ storage: { size: '2Ti' } }), INPUTS))).toBe(before);
    expect(template(desiredNode(nodeOf({ sync: { lagTolerance: 5 } }), INPUTS))).toBe(before);
  });

  it('keep the claim template of a StatefulSet, whatever size the spec has now', () => {
    const objects = desiredNode(nodeOf({ storage: { size: '2Ti' } }), { ...INPUTS, volumeSize: '1Ti' });
    const [set] = ofKind<V1StatefulSet>(objects, 'StatefulSet');
    expect(set!.spec!.volumeClaimTemplates![0]!.spec!.resources!.requests).toEqual({ storage: '1Ti' });
  });

  it('keep the first image, until the spec names one', () => {
    const imageOf = (spec: Parameters<typeof nodeOf>[0], image: string | null) => {
      const [set] = ofKind<V1StatefulSet>(desiredNode(nodeOf(spec), { ...INPUTS, image }, IMAGES), 'StatefulSet');
      return set!.spec!.template.spec!.containers[0]!.image;
    };
    expect(imageOf({}, null)).toBe('bitcoin/bitcoin:31.0');
    expect(imageOf({}, 'bitcoin/bitcoin:29.3')).toBe('bitcoin/bitcoin:29.3');
    expect(imageOf({ image: 'own/bitcoin:30' }, 'bitcoin/bitcoin:29.3')).toBe('own/bitcoin:30');
  });

  it('need no escaping of a given password but in the address', () => {
    const login = { username: 'me', password: 'a:b@c/d e%', salt: 'ab' };
    const [binding] = desiredNode(nodeOf({}), { ...INPUTS, login });
    const { data } = readable(binding!) as unknown as { data: Record<string, string> };
    const uri = new URL(data.uri!);
    expect([data.username, data.password]).toEqual(['me', 'a:b@c/d e%']);
    expect([uri.username, decodeURIComponent(uri.password), uri.host]).toEqual([
      'me',
      'a:b@c/d e%',
      'mainnet-node.bitcoin.svc:8332',
    ]);
    expect(data).toMatchObject({ type: 'bitcoin', provider: 'bitql', host: 'mainnet-node.bitcoin.svc', port: '8332' });
  });
});
