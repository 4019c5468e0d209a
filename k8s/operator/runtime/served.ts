import type { Cluster } from './cluster.ts';
import type { Resource } from './resource.ts';

/** Kinds that not every cluster serves, by names of ours. One of several versions is enough. */
export type OptionalKinds<Name extends string> = Readonly<Record<Name, readonly Resource[]>>;

/** Which of them the cluster serves; null where it does not say. */
export type ServedKinds<Name extends string> = Readonly<Record<Name, boolean | null>>;

export async function readServed<Name extends string>(
  cluster: Cluster,
  optional: OptionalKinds<Name>,
): Promise<ServedKinds<Name>> {
  const anyOf = async (resources: readonly Resource[]) => {
    const answers = await Promise.all(resources.map((resource) => cluster.serves(resource)));
    if (answers.includes(true)) return true;
    return answers.includes(null) ? null : false;
  };
  const answers = namesOf(optional).map(async (name) => [name, await anyOf(optional[name])] as const);
  return Object.fromEntries(await Promise.all(answers)) as ServedKinds<Name>;
}

/** Whether the cluster is known to serve a kind. Kinds that are not optional always are. */
export function isServed<Name extends string>(
  { kind }: Pick<Resource, 'kind'>,
  optional: OptionalKinds<Name>,
  served: ServedKinds<Name>,
): boolean {
  return namesOf(optional).every((name) => served[name] === true || optional[name].every((one) => one.kind !== kind));
}

/** The wanted kinds of which the cluster says false, or says nothing (null), as `KIND of GROUP/VERSION`. */
export function kindsAnswered<Name extends string>(
  answer: false | null,
  wanted: readonly Name[],
  optional: OptionalKinds<Name>,
  served: ServedKinds<Name>,
): string[] {
  const names = wanted.filter((name) => served[name] === answer);
  return names.map((name) => `${optional[name][0]!.kind} of ${optional[name][0]!.apiVersion}`);
}

function namesOf<Name extends string>(optional: OptionalKinds<Name>): Name[] {
  return Object.keys(optional) as Name[];
}
