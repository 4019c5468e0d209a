import type { V1Deployment, V1PodSpec, V1StatefulSet } from '@kubernetes/client-node';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { BitcoinIndex } from '../../../k8s/api/kinds.ts';
import { desiredIndex } from '../../../k8s/operator/index/desired.ts';
import type { IndexInputs } from '../../../k8s/operator/index/inputs.ts';
import { CHECKSUM_ANNOTATION } from '../../../k8s/operator/index/pod.ts';
import type { KubernetesObject } from '../../../k8s/operator/runtime/resource.ts';
import { readCrds } from '../support/crds.ts';
import { podSecurityViolations } from '../support/pod-security.ts';
import { mistakesIn } from '../support/strict-schema.ts';
import { DOCUMENTS, INDEX_CASES, TIERS } from './support/cases.ts';
import { ALL_SERVED, indexOf, inputsOf, MANAGED_STORE, SECRET_STORE } from './support/objects.ts';
import { danglingReferences } from './support/references.ts';
import { someInputs, someSpec } from './support/some-index.ts';

const CRDS = readCrds();

/** Objects that the operator does not create. */
function givenFor({ spec }: BitcoinIndex, { tiers, trustedDocuments }: IndexInputs): string[] {
  const { secretRef } = spec.store;
  return [
    `Secret ${spec.nodeRef.name}-rpc uri`,
    ...(secretRef ? [`Secret ${secretRef.name} ${secretRef.key}`] : []),
    ...[tiers, trustedDocuments].flatMap((file) => (file ? [`ConfigMap ${file.configMap} ${file.key}`] : [])),
  ];
}

function podsOf(objects: readonly KubernetesObject[]): V1PodSpec[] {
  const workloads = objects.filter(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet');
  return workloads.map((object) => (object as unknown as V1Deployment | V1StatefulSet).spec!.template.spec!);
}

function deploymentOf(objects: readonly KubernetesObject[], name: string): V1Deployment {
  return objects.find(
    ({ kind, metadata }) => kind === 'Deployment' && metadata.name === name,
  ) as unknown as V1Deployment;
}

function checksumOf(index: BitcoinIndex, part: string, inputs: IndexInputs): string | undefined {
  const { metadata } = deploymentOf(desiredIndex(index, inputs), `chain-${part}`).spec!.template;
  return metadata!.annotations![CHECKSUM_ANNOTATION];
}

describe('the desired state of an index', () => {
  it.each(Object.entries(INDEX_CASES))('%s', async (name, [spec, given]) => {
    const index = indexOf(spec);
    const objects = desiredIndex(index, inputsOf(index, given));
    const text = objects
      .map((object) => stringify(object, { aliasDuplicateObjects: false, lineWidth: 0 }))
      .join('---\n');
    await expect(text).toMatchFileSnapshot(`golden/${name}.yaml`);
  });

  it.each(Object.entries(INDEX_CASES))('of %s is whole', (_, [spec, given]) => {
    const index = indexOf(spec);
    const inputs = inputsOf(index, given);
    const objects = desiredIndex(index, inputs);
    expect(objects.flatMap((object) => mistakesIn(object, CRDS))).toEqual([]);
    expect(danglingReferences(objects, givenFor(index, inputs))).toEqual([]);
  });

  it('of any spec passes the schemas, is restricted, names only existing objects, and is deterministic', () => {
    fc.assert(
      fc.property(someSpec, someInputs, (spec, given) => {
        const index = indexOf(spec);
        const { gateway } = index.spec;
        const inputs = inputsOf(index, {
          ...given,
          tiers: gateway.tiersRef ? TIERS : null,
          trustedDocuments: gateway.trustedDocumentsRef ? DOCUMENTS : null,
        });
        const objects = desiredIndex(index, inputs);
        expect(objects.flatMap((object) => mistakesIn(object, CRDS))).toEqual([]);
        expect(podsOf(objects).flatMap(podSecurityViolations)).toEqual([]);
        expect(danglingReferences(objects, givenFor(index, inputs))).toEqual([]);
        expect(new Set(objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).size).toBe(objects.length);
        expect(objects.every(({ metadata }) => metadata.name.length <= 63)).toBe(true);
        expect(desiredIndex(structuredClone(index), structuredClone(inputs))).toEqual(objects);
      }),
      { numRuns: 60 },
    );
  });

  it('holds passwords in Secrets only', () => {
    const index = indexOf({ ...MANAGED_STORE, gateway: { broadcast: true } });
    const inputs = inputsOf(index, { nodeUri: 'http://user:s3cret@node:8332' });
    const open = desiredIndex(index, inputs).filter(({ kind }) => kind !== 'Secret');
    const text = JSON.stringify(open);
    for (const secret of ['s3cret', inputs.database!.password, inputs.database!.keyfile, inputs.salt]) {
      expect(text).not.toContain(secret);
    }
  });

  it('replaces Pods when files that they read at their start change, and only those Pods', () => {
    const index = indexOf(SECRET_STORE);
    const before = inputsOf(index, { tiers: TIERS });
    const otherNode = { ...before, nodeUri: 'http://user:other@node:8332' };
    expect(checksumOf(index, 'indexer', otherNode)).not.toBe(checksumOf(index, 'indexer', before));
    expect(checksumOf(index, 'gateway', otherNode)).toBe(checksumOf(index, 'gateway', before));
    const otherTiers = { ...before, tiers: { ...TIERS, text: '{"a":1}' } };
    expect(checksumOf(index, 'indexer', otherTiers)).toBe(checksumOf(index, 'indexer', before));
    expect(checksumOf(index, 'gateway', otherTiers)).not.toBe(checksumOf(index, 'gateway', before));
    const otherStore = { ...before, storeUri: 'mongodb://other/bitql' };
    expect(checksumOf(index, 'gateway', otherStore)).not.toBe(checksumOf(index, 'gateway', before));
  });

  it('gives the autoscaler only metrics that are served', () => {
    const index = indexOf({ ...SECRET_STORE, gateway: { autoscaling: { requestsPerSecond: 10, subscriptions: 10 } } });
    const metricsWith = (customMetrics: boolean) => {
      const objects = desiredIndex(index, inputsOf(index, { served: { ...ALL_SERVED, customMetrics } }));
      const scaler = objects.find(({ kind }) => kind === 'HorizontalPodAutoscaler')!;
      return (scaler.spec as { metrics: { type: string }[] }).metrics.map(({ type }) => type);
    };
    expect(metricsWith(true)).toEqual(['Resource', 'Pods', 'Pods']);
    expect(metricsWith(false)).toEqual(['Resource']);
  });

  it('keeps the image of a database and the size in its template', () => {
    const index = indexOf({ ...MANAGED_STORE, store: { managed: { storage: { size: '8Ti' } } } });
    const { database } = inputsOf(index);
    const inputs = inputsOf(index, { database: { ...database!, volumeSize: '4Ti', image: 'mongo:7.0.0' } });
    const set = desiredIndex(index, inputs).find(({ kind }) => kind === 'StatefulSet') as unknown as V1StatefulSet;
    expect(set.spec!.template.spec!.containers[0]!.image).toBe('mongo:7.0.0');
    expect(set.spec!.volumeClaimTemplates![0]!.spec!.resources!.requests).toEqual({ storage: '4Ti' });
  });
});
