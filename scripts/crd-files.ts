import { stringify } from 'yaml';
import { definitionOf, GROUP } from '../k8s/api/custom-resource.ts';
import { KINDS } from '../k8s/api/kinds.ts';

const NOTE = '# Made of k8s/api by: npm run crds\n';

/** The files of k8s/crds: name and content. */
export function crdFiles(): readonly (readonly [name: string, content: string])[] {
  const definitions = KINDS.map((resource) => {
    // kubectl and helm read YAML 1.1, in which an unquoted `on` is not a string.
    const content = stringify(definitionOf(resource), { aliasDuplicateObjects: false, version: '1.1' });
    return [`${GROUP}_${resource.plural}.yaml`, NOTE + content] as const;
  });
  return [...definitions, ['Kustomization', NOTE + stringify(kustomization(definitions.map(([name]) => name)))]];
}

/** For kustomize, which looks for this name; `kubectl apply -f k8s/crds` skips it. */
function kustomization(resources: readonly string[]) {
  return { apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization', resources };
}
