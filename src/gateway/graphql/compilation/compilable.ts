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
import { FieldCounter, type Fragments } from '../../requests/fields.ts';

/** Compiling takes about 0.1 ms for each field of the operation, counting a fragment at each of its spreads. */
const MAX_FIELDS = 250;

/**
 * The size of an operation in fields, or null if graphql-jit would not answer it as graphql-js does, or would take long to
 * compile it:
 * - conditions (`@skip`, `@include`) of a fragment count for all its spreads,
 * - constants are written into the code as JSON, which cannot hold bytes,
 * - a variable that may be null in place of a required value gives another error message,
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
      // The arguments of a subscription were used when it began: events are resolved without them.
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

/** Whether a constant can be passed to a resolver as JSON. */
function isJson(type: GraphQLInputType | null | undefined, node: StringValueNode): boolean {
  const named = getNamedType(type);
  return !isScalarType(named) || typeof named.parseLiteral(node) !== 'object';
}
