import { stringify } from 'yaml';
import { definitionOf, GROUP } from '../k8s/api/custom-resource.ts';
import { KINDS } from '../k8s/api/kinds.ts';

/** The files of k8s/crds: name and content. */
export function crdFiles(): readonly (readonly [name: string, content: string])[] {
  return KINDS.map((resource) => [
    `${GROUP}_${resource.plural}.yaml`,
    `# Made of k8s/api by: npm run crds\n${stringify(definitionOf(resource), { aliasDuplicateObjects: false })}`,
  ]);
}
