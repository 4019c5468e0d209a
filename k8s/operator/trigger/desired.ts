import { isJsonObject, type JsonObject } from '../../../src/json.ts';
import type { BlockTriggerTemplate } from '../../api/block-trigger.ts';
import type { BlockTrigger } from '../../api/kinds.ts';
import { controlledBy, type KubernetesObject } from '../runtime/resource.ts';
import { childAnnotations, childLabels, childName } from './names.ts';
import { OCCURRENCE_VARIABLES, type Occurrence, type OccurrenceVariables, variablesOf } from './occurrence.ts';

/** The path of the Pod template in kinds that run Pods. */
const POD_TEMPLATES: Readonly<Record<string, readonly string[]>> = {
  Job: ['spec', 'template'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template'],
  Deployment: ['spec', 'template'],
  StatefulSet: ['spec', 'template'],
  DaemonSet: ['spec', 'template'],
};

/**
 * The object of a template for an occurrence. The manifest must be valid. Pods stay as written, except for variables, labels and
 * a restart policy that Jobs need: the namespace decides what Pods may do.
 */
export function desiredChild(
  trigger: BlockTrigger,
  template: BlockTriggerTemplate,
  occurrence: Occurrence,
): KubernetesObject {
  const variables = variablesOf(occurrence);
  const { apiVersion, kind, metadata, ...body } = filled(template.manifest, variables) as JsonObject & {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata?: { readonly labels?: Record<string, string>; readonly annotations?: Record<string, string> };
  };
  const { ours, defaults } = childLabels(trigger, template, occurrence);
  return {
    ...withPods({ kind, ...body }, kind, variables, ours),
    apiVersion,
    kind,
    metadata: {
      name: childName(trigger, template, occurrence),
      namespace: trigger.metadata.namespace,
      labels: { ...defaults, ...metadata?.labels, ...ours },
      annotations: { ...metadata?.annotations, ...childAnnotations(occurrence) },
      ownerReferences: [controlledBy(trigger)],
    },
  };
}

function withPods(object: JsonObject, kind: string, variables: OccurrenceVariables, labels: JsonObject): JsonObject {
  if (kind === 'Pod') return at(object, ['spec'], (spec) => withVariables(spec, variables));
  const path = POD_TEMPLATES[kind];
  if (path === undefined) return object;
  return at(object, path, (template) => {
    const labelled = at(template, ['metadata'], (metadata) =>
      at(metadata, ['labels'], (own) => ({ ...own, ...labels })),
    );
    const defaults = kind === 'Job' ? { restartPolicy: 'Never' } : {};
    return at(labelled, ['spec'], (spec) => ({ ...defaults, ...withVariables(spec, variables) }));
  });
}

/** Variables that a container sets itself are not overwritten. */
function withVariables(spec: JsonObject, variables: OccurrenceVariables): JsonObject {
  const added = Object.entries(variables).map(([name, value]) => ({ name, value }));
  const equip = (containers: unknown): unknown => {
    if (!Array.isArray(containers)) return containers;
    return containers.map((container: unknown) => {
      if (!isJsonObject(container)) return container;
      const own: readonly unknown[] = Array.isArray(container.env) ? container.env : [];
      const names = new Set(own.map((variable) => (isJsonObject(variable) ? variable.name : undefined)));
      return { ...container, env: [...added.filter(({ name }) => !names.has(name)), ...own] };
    });
  };
  const lists = ['initContainers', 'containers'].filter((list) => list in spec);
  return { ...spec, ...Object.fromEntries(lists.map((list) => [list, equip(spec[list])])) };
}

/** An object with a change at a path. A missing part counts as an empty object; a part that is no object stays as it is. */
function at(
  object: JsonObject,
  [field, ...rest]: readonly string[],
  change: (found: JsonObject) => JsonObject,
): JsonObject {
  if (field === undefined) return change(object);
  const inner = object[field] ?? {};
  return isJsonObject(inner) ? { ...object, [field]: at(inner, rest, change) } : object;
}

/** The same as in containers of Kubernetes: $$(NAME) stands for the text $(NAME). */
const PLACEHOLDER = new RegExp(`\\$\\$\\(|\\$\\((${OCCURRENCE_VARIABLES.join('|')})\\)`, 'g');

/** A JSON value with the variables replaced in all strings; field names stay. */
function filled<Value>(value: Value, variables: OccurrenceVariables): Value {
  return fill(value, variables) as Value;
}

function fill(value: unknown, variables: OccurrenceVariables): unknown {
  if (typeof value === 'string') return fillText(value, variables);
  if (Array.isArray(value)) return value.map((item) => fill(item, variables));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, of]) => [name, fill(of, variables)]));
}

function fillText(text: string, variables: OccurrenceVariables): string {
  return text.replace(PLACEHOLDER, (found, name?: keyof OccurrenceVariables) =>
    name === undefined ? found : variables[name],
  );
}
