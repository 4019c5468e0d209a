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
import { mostRepeated } from './fields.ts';

/** The limits of one operation. A fragment counts at each of its spreads. */
export const QUERY_LIMITS = { depth: 12, aliases: 30, rootFields: 20, directives: 50, fields: 1_000 } as const;

/** How often the same field may stand at the same place: validation compares each with each. */
const MAX_REPETITIONS = 20;

/** Operations and fragments of one text. */
const MAX_DEFINITIONS = 50;

/** The field of `Query` that returns a `Query`. */
const ROOT_WITHIN = 'at';

type LimitName = keyof typeof QUERY_LIMITS;
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
 * The limits that operations exceed (LIMIT_EXCEEDED), or else the fragments that they do not use. Takes linear time; call it
 * before a document is validated, which may take longer.
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
  // No limit covers unused fragments, and no valid text has any.
  return named.filter(({ name }) => !measure.hasSeen(name.value)).map(unused);
}

/** Worded like the error of validation, which would have to visit the fragment. */
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

/**
 * The depth and width of selections. Each fragment is visited once, however often it is spread; a spread of a fragment within
 * itself counts as empty.
 */
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

  /** `rootFields` counts the fields of the selection itself, and instead of a root within it the fields of that. */
  #one(selection: SelectionNode): Extent {
    const own = { ...NOTHING, directives: selection.directives?.length ?? 0 };
    if (selection.kind === Kind.FRAGMENT_SPREAD) return together(own, this.#fragment(selection.name.value));
    const below = this.#all(selection.selectionSet);
    if (selection.kind === Kind.INLINE_FRAGMENT) return together(own, below);
    // Introspection goes deeper, and has limits of its own.
    const depth = selection.name.value.startsWith('__') ? 1 : 1 + below.depth;
    const aliases = below.aliases + (selection.alias === undefined ? 0 : 1);
    const rootFields = selection.name.value === ROOT_WITHIN ? Math.max(1, below.rootFields) : 1;
    return { depth, aliases, rootFields, directives: own.directives + below.directives, fields: 1 + below.fields };
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

/** Brackets within each other: parsers recurse for each, and the stack is limited. */
const MAX_NESTING = 64;
/** The most characters of a name: answers repeat it for each item of a list. */
const MAX_NAME = 128;

/**
 * A block string, a string, a comment, a name or number, or a bracket. A string without an end extends to the end of its line,
 * or of the text, so that nothing is scanned twice.
 */
const PIECES = /"""(?:\\"""|[^"\\]|\\(?!""")|"(?!""))*(?:""")?|"(?:\\.|[^"\\\n\r])*"?|#[^\n\r]*|\w+|[{[(]|[}\])]/g;

/** The error for a text that is nested too deeply, or has too long a name, to be parsed; null if there is none. Linear time. */
export function exceededText(text: string): GraphQLError | null {
  let depth = 0;
  for (const { 0: piece } of text.matchAll(PIECES)) {
    if (piece.length > MAX_NAME && isName(piece))
      return exceeded(`The text has a name of more than ${MAX_NAME} characters.`);
    if ('{[('.includes(piece)) depth += 1;
    else if ('}])'.includes(piece)) depth -= 1;
    if (depth > MAX_NESTING) return exceeded(`The text has more than ${MAX_NESTING} nested brackets.`);
  }
  return null;
}

function isName(piece: string): boolean {
  return !piece.startsWith('"') && !piece.startsWith('#');
}

function exceeded(message: string): GraphQLError {
  return new GraphQLError(message, { originalError: new BitqlError('LIMIT_EXCEEDED', message) });
}
