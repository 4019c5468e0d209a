import {
  type GraphQLField,
  type GraphQLNamedType,
  isObjectType,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
  TypeNameMetaFieldDef,
} from 'graphql';

/** Fields that no type lists, since they tell of the schema: by their name, which no other has. */
const META_FIELDS = new Map(
  [SchemaMetaFieldDef, TypeMetaFieldDef, TypeNameMetaFieldDef].map((field) => [field.name, field]),
);

/** The definition of a field that may be asked of a type. */
export function fieldDefinition(type: GraphQLNamedType, name: string): GraphQLField<unknown, unknown> {
  const field = META_FIELDS.get(name) ?? (isObjectType(type) ? type.getFields()[name] : undefined);
  if (field === undefined) throw new Error(`The schema has no field ${type.name}.${name}.`);
  return field;
}
