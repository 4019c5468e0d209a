import {
  BREAK,
  type DocumentNode,
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  isNonNullType,
  isScalarType,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  type StringValueNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { FieldCounter, type Fragments } from '../../requests/field-counter.ts';

/** Compiling takes about 0.1 ms for each field of the operation, with its fragments written out. */
const MAX_FIELDS = 250;

/**
 * The size of an operation in fields, or null where graphql-jit would not answer it as graphql-js does, or would take
 * long to compile it:
 * - conditions (`@skip`, `@include`) of a fragment count for all its spreads,
 * - constants are written into the code as JSON, which bytes do not survive,
 * - where a value is required, a variable that may be null is told in other words,
 * - and mutations are not worth it.
 */
export function compilableSize(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  fragments: Fragments,
): number | null {
  if (operation.operation === OperationTypeNode.MUTATION) return null;
  const size = new FieldCounter(fragments).count(operation.selectionSet);
  return size <= MAX_FIELDS && isFaithful(schema, document, operation) ? size : null;
}

function isFaithful(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode): boolean {
  const types = new TypeInfo(schema);
  const required = new Set(
    operation.variableDefinitions
      ?.filter(({ type }) => type.kind === Kind.NON_NULL_TYPE)
      .map(({ variable }) => variable.name.value),
  );
  let depth = 0;
  let faithful = true;
  const refuse = (): typeof BREAK => {
    faithful = false;
    return BREAK;
  };
  const nested = { enter: () => void depth++, leave: () => void depth-- };
  visit(
    document,
    visitWithTypeInfo(types, {
      OperationDefinition: (node) => (node === operation ? undefined : false),
      Directive: refuse,
      // What a subscription is about was settled when it began: events are told without its arguments.
      Argument: () => (types.getParentType() === schema.getSubscriptionType() ? false : undefined),
      ListValue: nested,
      ObjectValue: nested,
      StringValue: (node) => (isJson(types.getInputType(), node) ? undefined : refuse()),
      Variable: ({ name }, key) => {
        const mayLack = depth === 0 && !isNonNullType(types.getInputType());
        return key === 'variable' || mayLack || required.has(name.value) ? undefined : refuse();
      },
    }),
  );
  return faithful;
}

/** Whether a constant is something that JSON can hold to those who get it. */
function isJson(type: GraphQLInputType | null | undefined, node: StringValueNode): boolean {
  const named = getNamedType(type);
  return !isScalarType(named) || typeof named.parseLiteral(node) !== 'object';
}
