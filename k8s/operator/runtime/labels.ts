const NAME_LABEL = 'app.kubernetes.io/name';
const COMPONENT_LABEL = 'app.kubernetes.io/component';
export const INSTANCE_LABEL = 'app.kubernetes.io/instance';
export const MANAGED_BY_LABEL = 'app.kubernetes.io/managed-by';
/** The value of that label on everything that the operator makes. */
export const MANAGED_BY = 'bitql-operator';
const PART_OF = { 'app.kubernetes.io/part-of': 'bitql' } as const;

/** Labels of the operator's own Pods, in any namespace. */
export const OPERATOR_LABELS = { ...PART_OF, [COMPONENT_LABEL]: 'operator' } as const;

/** What a label set describes. */
export interface LabelledPart {
  /** The software: `bitcoind`. */
  readonly name: string;
  /** The name of the object of ours that it belongs to. */
  readonly instance: string;
  /** Absent for what belongs to no component in particular. */
  readonly component?: string;
}

/** Labels that Pods are selected by. They never change: a selector is immutable. */
export function selectorLabels({ name, instance, component }: LabelledPart): Record<string, string> {
  return {
    [NAME_LABEL]: name,
    [INSTANCE_LABEL]: instance,
    ...(component !== undefined && { [COMPONENT_LABEL]: component }),
  };
}

/** Labels that a user may overwrite in what a trigger makes. */
export function partLabels(part: LabelledPart): Record<string, string> {
  return { ...selectorLabels(part), ...PART_OF };
}

/** Labels of what the operator makes. */
export function managedLabels(part: LabelledPart): Record<string, string> {
  return { ...partLabels(part), [MANAGED_BY_LABEL]: MANAGED_BY };
}

/** A selector as kubectl's -l has it. */
export function selectorText({ name, component }: Pick<LabelledPart, 'name' | 'component'>): string {
  return `${NAME_LABEL}=${name}${component === undefined ? '' : `,${COMPONENT_LABEL}=${component}`}`;
}
