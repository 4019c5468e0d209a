import { ApolloServerErrorCode } from '@apollo/server/errors';
import {
  type DefinitionNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { BitqlError } from '../../errors.ts';
import { mostRepeated } from './repeated-fields.ts';

/** What one operation may have, its fragments counted as often as they are spread. */
export const QUERY_LIMITS = { depth: 12, aliases: 30, rootFields: 20, directives: 50, fields: 1_000 } as const;

/** How often the same field may stand at the same place: validation compares each with each. */
export const MAX_REPETITIONS = 20;

/** Operations and fragments of one text. */
export const MAX_DEFINITIONS = 50;

export type LimitName = keyof typeof QUERY_LIMITS;
type Extent = Readonly<Record<LimitName, number>>;

const WORDS: Readonly<Record<LimitName, string>> = {
  depth: 'levels of fields',
  aliases: 'aliases',
  rootFields: 'fields at its root',
  directives: 'directives',
  fields: 'fields',
};
const NOTHING: Extent = { depth: 0, aliases: 0, rootFields: 0, directives: 0, fields: 0 };

/**
 * What operations are deeper or wider in than they may be: LIMIT_EXCEEDED; or what they do not use. It takes linear time, and is to be asked before a
 * document is validated, which may take longer.
 */
export function exceededLimits(document: DocumentNode): GraphQLError[] {
  const { definitions } = document;
  if (definitions.length > MAX_DEFINITIONS) {
    const text = `The text has ${definitions.length} operations and fragments; at most ${MAX_DEFINITIONS} are allowed.`;
    return [limitExceeded(text, definitions[MAX_DEFINITIONS]!)];
  }
  const named = definitions.filter((node) => node.kind === Kind.FRAGMENT_DEFINITION);
  const fragments = new Map(named.map((fragment) => [fragment.name.value, fragment]));
  const measure = new Measure((name) => fragments.get(name));
  const errors = definitions
    .filter((node) => node.kind === Kind.OPERATION_DEFINITION)
    .flatMap((operation) => exceededBy(operation, measure, fragments));
  if (errors.length > 0) return errors;
  // Nothing bounds what no operation spreads, and no valid text has any.
  return named.filter(({ name }) => !measure.hasSeen(name.value)).map(unused);
}

/** As validation says it, which would look into the fragment. */
function unused(fragment: FragmentDefinitionNode): GraphQLError {
  return new GraphQLError(`Fragment "${fragment.name.value}" is never used.`, {
    nodes: [fragment],
    extensions: { code: ApolloServerErrorCode.GRAPHQL_VALIDATION_FAILED },
  });
}

function exceededBy(
  operation: OperationDefinitionNode,
  measure: Measure,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): GraphQLError[] {
  const extent = measure.operation(operation);
  const errors = (Object.keys(QUERY_LIMITS) as LimitName[])
    .filter((name) => extent[name] > QUERY_LIMITS[name])
    .map((name) => {
      const message = `The query has ${extent[name]} ${WORDS[name]}; at most ${QUERY_LIMITS[name]} are allowed.`;
      return limitExceeded(message, operation);
    });
  if (errors.length > 0) return errors;
  const { field, times } = mostRepeated(operation.selectionSet, fragments);
  if (times <= MAX_REPETITIONS) return [];
  return [
    limitExceeded(
      `The query asks ${times} times for \`${field}\` at the same place; at most ${MAX_REPETITIONS} times are allowed.`,
      operation,
    ),
  ];
}

function limitExceeded(message: string, node: DefinitionNode): GraphQLError {
  return new GraphQLError(message, { nodes: [node], originalError: new BitqlError('LIMIT_EXCEEDED', message) });
}

/** How deep and wide selections are. Each fragment is looked at once, however often it is spread; one in itself is nothing. */
class Measure {
  readonly #fragmentNamed: (name: string) => FragmentDefinitionNode | null | undefined;
  readonly #fragments = new Map<string, Extent>();

  constructor(fragmentNamed: (name: string) => FragmentDefinitionNode | null | undefined) {
    this.#fragmentNamed = fragmentNamed;
  }

  /** Whether a fragment is a part of what was measured. */
  hasSeen(fragment: string): boolean {
    return this.#fragments.has(fragment);
  }

  operation({ selectionSet, directives = [] }: OperationDefinitionNode): Extent {
    const extent = this.#all(selectionSet);
    return { ...extent, directives: extent.directives + directives.length };
  }

  #all(selectionSet: SelectionSetNode | undefined): Extent {
    return (selectionSet?.selections ?? []).map((selection) => this.#one(selection)).reduce(together, NOTHING);
  }

  /** `rootFields` are those beside each other. */
  #one(selection: SelectionNode): Extent {
    const own = { ...NOTHING, directives: selection.directives?.length ?? 0 };
    if (selection.kind === Kind.FRAGMENT_SPREAD) return together(own, this.#fragment(selection.name.value));
    const below = this.#all(selection.selectionSet);
    if (selection.kind === Kind.INLINE_FRAGMENT) return together(own, below);
    // Introspection goes deeper, and has limits of its own.
    const depth = selection.name.value.startsWith('__') ? 1 : 1 + below.depth;
    const aliases = below.aliases + (selection.alias === undefined ? 0 : 1);
    return { depth, aliases, rootFields: 1, directives: own.directives + below.directives, fields: 1 + below.fields };
  }

  #fragment(name: string): Extent {
    const known = this.#fragments.get(name);
    if (known !== undefined) return known;
    this.#fragments.set(name, NOTHING);
    const fragment = this.#fragmentNamed(name);
    const extent = this.#all(fragment?.selectionSet);
    const whole = { ...extent, directives: extent.directives + (fragment?.directives?.length ?? 0) };
    this.#fragments.set(name, whole);
    return whole;
  }
}

function together(a: Extent, b: Extent): Extent {
  return {
    depth: Math.max(a.depth, b.depth),
    aliases: a.aliases + b.aliases,
    rootFields: a.rootFields + b.rootFields,
    directives: a.directives + b.directives,
    fields: a.fields + b.fields,
  };
}
