import {
  type ArgumentNode,
  type ASTNode,
  type DocumentNode,
  type FieldNode,
  type GraphQLArgument,
  type GraphQLError,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isInputObjectType,
  isObjectType,
  isRequiredArgument,
  Kind,
  print,
  TypeInfo,
  type ValueNode,
  type VariableDefinitionNode,
  valueFromASTUntyped,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { adviceForWord } from './foreign-words.ts';
import {
  adviceForMember,
  describeScalar,
  describeType,
  type GivenValue,
  givenAs,
  listed,
  shortened,
} from './input-shape.ts';

/** What to write instead of what a client wrote; null if GraphQL's own message is the best one. */
type Advice = string | null;

/** The advice for each error that validation found in a document, in the order of the errors. */
export function adviceFor(schema: GraphQLSchema, document: DocumentNode, mistakes: readonly GraphQLError[]): Advice[] {
  // A variable of a wrong type is the second node: the first is its definition.
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
  if (node.kind === Kind.OBJECT_FIELD) return adviceForMember(type, node.name.value);
  if (!isValue(node)) return describeType(type, [], (name) => name);
  const advice = node.kind === Kind.VARIABLE ? null : describeScalar(type, valueFromASTUntyped(node));
  return advice ?? describeType(type, givenIn(node, variables), (name) => name);
}

/**
 * For a word of another API, names the field; for a field of another type, a field of this type that leads to it; for a page
 * without a selection, and for an unknown field of a page or an edge that has one, the field with the members.
 */
function adviceForField({ name, selectionSet }: FieldNode, parent: GraphQLNamedType | null): Advice {
  if (!isObjectType(parent)) return null;
  const own = parent.getFields()[name.value];
  if (own !== undefined)
    return isPage(own) ? `Its members are in "nodes": write ${name.value} { nodes { ... } }.` : null;
  const called = adviceForWord(parent, name.value);
  if (called !== null) return called;
  const wanted = selectionSet === undefined ? name.value : `${name.value} { ... }`;
  const holds = ({ type, args }: GraphQLField<unknown, unknown>) => {
    const below = getNamedType(type);
    return isObjectType(below) && below.getFields()[name.value] !== undefined && !args.some(isRequiredArgument);
  };
  const fields = parent.getFields();
  const holder = Object.values(fields).find(holds);
  if (holder !== undefined) return `It is a field of "${holder.name}": write ${holder.name} { ${wanted} }.`;
  const members = fields.nodes ?? fields.node;
  const isGuess = selectionSet !== undefined && members !== undefined;
  if (isGuess) return `The members are in "${members.name}": write ${members.name} { ... }.`;
  return hasFewFields(parent) ? `It has ${listed(Object.keys(fields))}.` : null;
}

/** Whether all fields of an unknown one's type are worth naming: those of subscriptions and mutations are few. */
function hasFewFields({ name }: GraphQLNamedType): boolean {
  return name === 'Subscription' || name === 'Mutation';
}

function isPage({ type }: GraphQLField<unknown, unknown>): boolean {
  const named = getNamedType(type);
  return isObjectType(named) && named.getFields().nodes !== undefined;
}

/** For an unknown argument, names the argument that has it as a member, or the existing arguments. */
function adviceForArgument({ name, value }: ArgumentNode, field: GraphQLField<unknown, unknown> | null): Advice {
  if (field === null || field.args.some((argument) => argument.name === name.value)) return null;
  const holds = ({ type }: GraphQLArgument) => {
    const named = getNamedType(type);
    return isInputObjectType(named) && named.getFields()[name.value] !== undefined;
  };
  const holder = field.args.find(holds);
  if (holder !== undefined)
    return `It is a member of "${holder.name}": write ${holder.name}: { ${name.value}: ${shortened(print(value))} }.`;
  const names = field.args.map((argument) => argument.name);
  return names.length === 0 ? 'It takes none.' : `It takes ${listed(names)}.`;
}

function givenIn(node: ValueNode, variables: ReadonlyMap<string, VariableDefinitionNode>): GivenValue[] {
  if (node.kind === Kind.LIST) return node.values.flatMap((value) => givenIn(value, variables));
  if (node.kind === Kind.OBJECT || node.kind === Kind.NULL) return [];
  if (node.kind !== Kind.VARIABLE) return [givenAs(valueFromASTUntyped(node))];
  const definition = variables.get(node.name.value);
  const declared = definition === undefined ? '' : print(definition.type).replaceAll(/[[\]!]/g, '');
  return [{ text: print(node), fits: (type) => type.name === declared }];
}

function isValue(node: ASTNode): node is ValueNode {
  return node.kind.endsWith('Value') || node.kind === Kind.VARIABLE;
}
