import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BlockTriggerTemplate } from '../../../k8s/api/block-trigger.ts';
import { JOB } from '../../../k8s/operator/runtime/kinds.ts';
import { childIn } from '../../../k8s/operator/trigger/children.ts';
import { desiredChild } from '../../../k8s/operator/trigger/desired.ts';
import { childName } from '../../../k8s/operator/trigger/names.ts';
import type { Occurrence } from '../../../k8s/operator/trigger/occurrence.ts';
import { mistakeInManifest } from '../../../k8s/operator/trigger/permission.ts';
import { mistakesIn } from '../support/strict-schema.ts';
import { JOB_MANIFEST, someTrigger } from './support/some-trigger.ts';

const HASH = '000000000000000000011d8d7c1d6d3e2c1c9b8a7f6e5d4c3b2a190817263544';
const PARENT = '00000000000000000002a0b1c2d3e4f5061728394a5b6c7d8e9f00112233445f';
const occurrence: Occurrence = {
  event: 'BlockConnected',
  key: HASH,
  block: { hash: HASH, height: 850_000, time: 1_719_800_000, previousHash: PARENT },
};

const templateOf = (manifest: Record<string, unknown>): BlockTriggerTemplate => ({
  name: 'job',
  concurrencyPolicy: 'Allow',
  manifest: { apiVersion: 'batch/v1', kind: 'Job', ...manifest },
});

interface Job {
  readonly metadata: { readonly labels: Record<string, string>; readonly annotations: Record<string, string> };
  readonly spec: {
    readonly template: {
      readonly metadata: { readonly labels: Record<string, string> };
      readonly spec: {
        readonly restartPolicy: string;
        readonly containers: readonly { readonly args: string[]; readonly env: { name: string; value: string }[] }[];
        readonly initContainers: readonly { readonly env: { name: string; value: string }[] }[];
      };
    };
  };
}

const jobWith = (container: Record<string, unknown>, pod: Record<string, unknown> = {}) =>
  desiredChild(
    someTrigger(),
    templateOf({
      metadata: { labels: { team: 'a', 'bitql.dev/trigger': 'another' }, annotations: { note: 'at $(BLOCK_HEIGHT)' } },
      spec: { template: { spec: { containers: [{ name: 'main', image: 'busybox:1', ...container }], ...pod } } },
    }),
    occurrence,
  ) as unknown as Job;

describe('an object that a template makes', () => {
  it('describes the event in any text', () => {
    const { metadata, spec } = jobWith({
      args: [
        '$(EVENT) $(BLOCK_HASH):$(BLOCK_HEIGHT)',
        '$(BLOCK_TIME) $(BLOCK_PREVIOUS_HASH) "$(TXID)"',
        '$(OTHER) $$(BLOCK_HASH)',
      ],
    });
    expect(spec.template.spec.containers[0]!.args).toEqual([
      `BlockConnected ${HASH}:850000`,
      `1719800000 ${PARENT} ""`,
      '$(OTHER) $$(BLOCK_HASH)', // left to Kubernetes
    ]);
    expect(metadata.annotations.note).toBe('at 850000');
  });

  it('describes it in the environment of every container, unless the container has its own variables', () => {
    const { template } = jobWith(
      { env: [{ name: 'BLOCK_TIME', value: 'now' }] },
      { initContainers: [{ name: 'first', image: 'busybox:1' }] },
    ).spec;
    const env = Object.fromEntries(template.spec.containers[0]!.env.map(({ name, value }) => [name, value]));
    expect(env).toEqual({
      EVENT: 'BlockConnected',
      BLOCK_HASH: HASH,
      BLOCK_HEIGHT: '850000',
      BLOCK_TIME: 'now',
      BLOCK_PREVIOUS_HASH: PARENT,
      TXID: '',
    });
    expect(template.spec.initContainers[0]!.env).toContainEqual({ name: 'BLOCK_HASH', value: HASH });
  });

  it('is found by its trigger and its block, whatever labels it has', () => {
    const { metadata, spec } = jobWith({});
    expect(metadata.labels).toMatchObject({
      team: 'a',
      'bitql.dev/trigger': 'on-block',
      'bitql.dev/template': 'job',
      'bitql.dev/block': HASH.slice(1),
    });
    expect(spec.template.metadata.labels).toMatchObject({ 'bitql.dev/block': HASH.slice(1) });
    const child = childIn(jobWith({}) as never, JOB);
    expect(child).toMatchObject({ template: 'job', key: HASH, blockHash: HASH, height: 850_000, outcome: 'running' });
  });

  it('is a Job that Kubernetes accepts', () => {
    const job = jobWith({ command: ['true'] });
    expect(mistakesIn(job)).toEqual([]);
    expect(job.spec.template.spec.restartPolicy).toBe('Never');
    expect(jobWith({}, { restartPolicy: 'OnFailure' }).spec.template.spec.restartPolicy).toBe('OnFailure');
  });

  it('may be of any kind: one without Pods is only filled in', () => {
    const template = templateOf({ apiVersion: 'v1', kind: 'ConfigMap', data: { 'at-$(EVENT)': '$(BLOCK_HASH)' } });
    const map = desiredChild(someTrigger(), template, occurrence);
    expect(map).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap', data: { 'at-$(EVENT)': HASH } });
    expect(mistakesIn(map)).toEqual([]);
  });

  it('may be made of any JSON', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (spec) => {
        const child = desiredChild(someTrigger(), templateOf({ spec }), occurrence);
        expect(child.metadata).toMatchObject({ namespace: 'chain', ownerReferences: [{ controller: true }] });
      }),
    );
  });
});

/** The parts of a child's name. */
interface Naming {
  readonly name?: string;
  readonly template?: string;
  readonly key?: string;
  readonly uid?: string;
  readonly txid?: string;
}

describe('its name', () => {
  const names = fc.tuple(
    fc.stringMatching(/^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$/),
    fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,14}[a-z0-9])?$/),
    fc.stringMatching(/^[0-9a-f]{64}$/),
  );
  const nameOf = ({ name = 'a', template = 'job', key = HASH, uid = 'uid', txid }: Naming = {}) => {
    const trigger = someTrigger();
    const named = { ...trigger, metadata: { ...trigger.metadata, name, uid } };
    return childName(
      named,
      { ...templateOf(JOB_MANIFEST), name: template },
      { ...occurrence, key, ...(txid && { txid }) },
    );
  };

  it('is one that Kubernetes accepts, and that begins with trigger and template', () => {
    fc.assert(
      fc.property(names, ([name, template, key]) => {
        const made = nameOf({ name, template, key });
        expect(made).toMatch(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
        expect(made.startsWith(name.slice(0, 10))).toBe(true);
        expect(made).toContain(`-${template}-`);
      }),
    );
  });

  it('is the same for the same input, and different for any other', () => {
    const own = nameOf();
    expect(nameOf()).toBe(own);
    const others = [
      nameOf({ key: PARENT }),
      nameOf({ template: 'jobs' }),
      nameOf({ uid: 'uid2' }),
      nameOf({ txid: PARENT }),
      nameOf({ txid: HASH }),
    ];
    expect(new Set([own, ...others]).size).toBe(6);
  });
});

describe('a manifest', () => {
  it.each([
    [{ metadata: { namespace: 'kube-system' } }, 'metadata.namespace'],
    [{ metadata: { name: 'mine' } }, 'metadata.name:'],
    [{ metadata: { ownerReferences: [] } }, 'metadata.ownerReferences'],
    [{ metadata: { finalizers: ['a/b'] } }, 'metadata.finalizers'],
    [{ metadata: { labels: { a: 1 } } }, 'metadata.labels'],
    [{ metadata: 'a' }, 'metadata'],
    [{ spec: { ttlSecondsAfterFinished: 0 } }, 'spec.history'],
  ])('is refused if it is %j', (manifest, said) => {
    expect(mistakeInManifest(templateOf(manifest))).toContain(said);
  });

  it('is accepted with labels and annotations', () => {
    expect(mistakeInManifest(templateOf({ metadata: { labels: { a: 'b' }, annotations: {} }, spec: {} }))).toBeNull();
  });
});
