import {
  type ArgumentNode,
  type ASTNode,
  coerceInputValue,
  type DocumentNode,
  type FieldNode,
  type GraphQLArgument,
  type GraphQLError,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLLeafType,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isInputObjectType,
  isInputType,
  isObjectType,
  isRequiredArgument,
  Kind,
  print,
  TypeInfo,
  typeFromAST,
  type ValueNode,
  type VariableDefinitionNode,
  valueFromASTUntyped,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { describeShape, type GivenValue } from './input-shape.ts';

/** What to write instead of what a client wrote; null if we know nothing better than what GraphQL says of it. */
type Advice = string | null;

/** Longer values are not repeated. */
const MAX_VALUE = 80;

/** The advice for each mistake that validation found in a document, in the order of the mistakes. */
export function adviceFor(schema: GraphQLSchema, document: DocumentNode, mistakes: readonly GraphQLError[]): Advice[] {
  // A variable of a wrong type is at the second node: the first is its definition.
  const places = mistakes.map(({ nodes }) => nodes?.find(({ kind }) => kind !== Kind.VARIABLE_DEFINITION));
  const types = new TypeInfo(schema);
  const found = new Map<ASTNode, Advice>();
  const variables = new Map<string, VariableDefinitionNode>();
  const look = (node: ASTNode) => {
    if (node.kind === Kind.VARIABLE_DEFINITION) variables.set(node.variable.name.value, node);
    if (places.includes(node)) found.set(node, adviceAt(node, types, variables));
  };
  visit(document, visitWithTypeInfo(types, { enter: look }));
  return places.map((place) => (place === undefined ? null : (found.get(place) ?? null)));
}

function adviceAt(node: ASTNode, types: TypeInfo, variables: ReadonlyMap<string, VariableDefinitionNode>): Advice {
  if (node.kind === Kind.FIELD) return adviceForField(node, types.getParentType() ?? null);
  if (node.kind === Kind.ARGUMENT) return adviceForArgument(node, types.getFieldDef() ?? null);
  const expected = node.kind === Kind.OBJECT_FIELD ? types.getParentInputType() : types.getInputType();
  const type = expected == null ? null : getNamedType(expected);
  if (!isInputObjectType(type)) return null;
  return describeShape(type, isValue(node) ? givenIn(node, variables) : [], (name) => name);
}

/** A field of another type: that of a field which can be asked for here. */
function adviceForField({ name, selectionSet }: FieldNode, parent: GraphQLNamedType | null): Advice {
  if (!isObjectType(parent) || parent.getFields()[name.value] !== undefined) return null;
  const wanted = selectionSet === undefined ? name.value : `${name.value} { ... }`;
  const holds = ({ type, args }: GraphQLField<unknown, unknown>) => {
    const below = getNamedType(type);
    return isObjectType(below) && below.getFields()[name.value] !== undefined && !args.some(isRequiredArgument);
  };
  const holder = Object.values(parent.getFields()).find(holds);
  return holder === undefined ? null : `It is a field of "${holder.name}": write ${holder.name} { ${wanted} }.`;
}

/** An argument that is a member of another one, or is none. */
function adviceForArgument({ name, value }: ArgumentNode, field: GraphQLField<unknown, unknown> | null): Advice {
  if (field === null || field.args.some((argument) => argument.name === name.value)) return null;
  const holds = ({ type }: GraphQLArgument) => {
    const named = getNamedType(type);
    return isInputObjectType(named) && named.getFields()[name.value] !== undefined;
  };
  const holder = field.args.find(holds);
  if (holder !== undefined)
    return `It is a member of "${holder.name}": write ${holder.name}: { ${name.value}: ${shown(print(value))} }.`;
  const names = field.args.map((argument) => argument.name);
  return names.length === 0 ? 'It takes none.' : `It takes ${listed(names)}.`;
}

/** The advice for the first mistake in some variables; null if no object is meant there. */
export function adviceForVariables(
  schema: GraphQLSchema,
  definitions: readonly VariableDefinitionNode[],
  variables: Readonly<Record<string, unknown>>,
): Advice {
  for (const definition of definitions) {
    const type = typeFromAST(schema, definition.type as Parameters<typeof typeFromAST>[1]);
    const mistake = isInputType(type) ? firstMistake(variables[definition.variable.name.value], type) : null;
    if (mistake !== null) return adviceForValue(schema, mistake);
  }
  return null;
}

interface Mistake {
  readonly value: unknown;
  readonly message: string;
}

/** Ends at the first one: each of thousands would be told with all of what was sent. */
function firstMistake(value: unknown, type: GraphQLInputType): Mistake | null {
  let first: Mistake | null = null;
  try {
    coerceInputValue(value, type, (_, invalid, error) => {
      first = { value: invalid, message: error.message };
      throw error;
    });
  } catch {
    return first;
  }
  return null;
}

/** GraphQL names the type that is meant in its message alone. */
const MEANT =
  /^Expected type "(\w+)" to be an object\.$|is not defined by type "(\w+)"|^Exactly one key must be specified for OneOf type "(\w+)"/;

function adviceForValue(schema: GraphQLSchema, { value, message }: Mistake): Advice {
  const name = MEANT.exec(message)
    ?.slice(1)
    .find((part) => part !== undefined);
  const type = name === undefined ? undefined : schema.getType(name);
  if (!isInputObjectType(type)) return null;
  const values = Array.isArray(value) ? value : [value];
  return describeShape(type, values.filter(isScalar).map(givenAs), (member) => JSON.stringify(member));
}

function isScalar(value: unknown): boolean {
  return typeof value !== 'object';
}

function givenIn(node: ValueNode, variables: ReadonlyMap<string, VariableDefinitionNode>): GivenValue[] {
  if (node.kind === Kind.LIST) return node.values.flatMap((value) => givenIn(value, variables));
  if (node.kind === Kind.OBJECT || node.kind === Kind.NULL) return [];
  if (node.kind !== Kind.VARIABLE) return [givenAs(valueFromASTUntyped(node))];
  const definition = variables.get(node.name.value);
  const declared = definition === undefined ? '' : print(definition.type).replaceAll(/[[\]!]/g, '');
  return [{ text: print(node), fits: (type) => type.name === declared }];
}

function givenAs(value: unknown): GivenValue {
  const text = JSON.stringify(value);
  return {
    text: typeof value === 'string' && text.length > MAX_VALUE ? '"..."' : shown(text),
    fits: (type) => isTaken(value, type),
  };
}

function isTaken(value: unknown, type: GraphQLLeafType): boolean {
  try {
    return type.parseValue(value) !== undefined;
  } catch {
    return false;
  }
}

function shown(text: string): string {
  return text.length > MAX_VALUE ? '...' : text;
}

function isValue(node: ASTNode): node is ValueNode {
  return node.kind.endsWith('Value') || node.kind === Kind.VARIABLE;
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
