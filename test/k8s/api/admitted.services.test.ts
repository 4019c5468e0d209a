import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { describeWith } from '../../services/suite.ts';
import { INDEX_CASES } from '../index/support/cases.ts';
import { indexOf } from '../index/support/objects.ts';
import { someSpec } from '../index/support/some-index.ts';
import { K8S, kustomized, objectsIn, type Rendered, ROOT } from '../manifests/rendered.ts';
import { NODE_CASES } from '../node/support/cases.ts';
import { nodeOf, someNode } from '../node/support/some-node.ts';
import { type Admission, admissionForAll } from '../support/admission.ts';
import { someTrigger } from '../trigger/support/some-trigger.ts';

const RUNS = { numRuns: 50 };

const isOurs = ({ apiVersion }: Rendered) => apiVersion?.startsWith('bitql.dev/');

describeWith('kubernetes', 'kubectl')('the API server accepts', ({ kubectlTools }) => {
  const admission = admissionForAll();

  /** The objects of our kinds, of which there must be this many. */
  async function refusalsOf(objects: readonly Rendered[], count: number): Promise<string[]> {
    const ours = objects.filter(isOurs);
    expect(ours).toHaveLength(count);
    return (await Promise.all(ours.map((object) => admission().ofNew(object)))).filter((refusal) => refusal !== '');
  }

  it.each(Object.entries(NODE_CASES))('the node %s, as it is written and as it is read', async (_, spec) => {
    const { apiVersion, kind, metadata } = nodeOf(spec);
    expect(await admission().ofNew({ apiVersion, kind, metadata, spec })).toBe('');
    expect(await admission().ofNew(nodeOf(spec))).toBe('');
  });

  it.each(Object.entries(INDEX_CASES))('the index %s, as it is written and as it is read', async (_, [spec]) => {
    const { apiVersion, kind, metadata } = indexOf(spec);
    expect(await admission().ofNew({ apiVersion, kind, metadata, spec })).toBe('');
    expect(await admission().ofNew(indexOf(spec))).toBe('');
  });

  it('any node and index that desired states are tested with', async () => {
    const isTaken = async (object: Parameters<Admission['ofNew']>[0]) => {
      expect(await admission().ofNew(object)).toBe('');
    };
    await fc.assert(fc.asyncProperty(someNode, isTaken), RUNS);
    await fc.assert(
      fc.asyncProperty(someSpec, (spec) => isTaken(indexOf(spec))),
      RUNS,
    );
    await isTaken(someTrigger());
  });

  it.each([
    ['regtest-dev', 2],
    ['mainnet-core', 2],
    ['mainnet-sv', 2],
    ['bchn', 2],
  ])('the objects of overlays/%s', async (name, count) => {
    expect(await refusalsOf(await kustomized(kubectlTools, `overlays/${name}`), count)).toEqual([]);
  });

  it('the objects that overlays, documents and examples show', async () => {
    const read = (file: string) => readFileSync(file, 'utf8');
    const page = read(join(ROOT, 'docs/kubernetes.md'));
    const shown = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, yaml]) => yaml!);
    expect(await refusalsOf(shown.flatMap(objectsIn), 4)).toEqual([]);
    const files = globSync(['overlays/*/*.yaml', 'examples/*.yaml'], { cwd: K8S }).map((file) => join(K8S, file));
    expect(await refusalsOf(files.map(read).flatMap(objectsIn), 10)).toEqual([]);
  });
});
