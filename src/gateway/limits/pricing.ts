import { type DocumentNode, type GraphQLSchema, getVariableValues, type OperationDefinitionNode } from 'graphql';
import { FieldPrices } from './field-prices.ts';
import { OperationPricer } from './operation-pricer.ts';
import { amountOf, type Price } from './price.ts';

/** What a request costs by itself, whatever it asks for. */
export const REQUEST_PRICE = 100;

interface PricedOperation {
  readonly price: Price;
  readonly introspects: boolean;
}

/** What a request costs, before it runs. */
export interface Quote {
  /** At least one for each field of the answer. */
  readonly price: number;
  /** Whether it asks about the schema: that part of an answer is not counted. */
  readonly introspects: boolean;
}

/** Prices operations. Each is worked out once as long as its document is remembered, up to what its variables say. */
export class Pricing {
  readonly #schema: GraphQLSchema;
  readonly #prices: FieldPrices;
  readonly #known = new WeakMap<OperationDefinitionNode, PricedOperation>();

  constructor(schema: GraphQLSchema) {
    this.#schema = schema;
    this.#prices = new FieldPrices(schema);
  }

  /** @param variables as they were sent: where they do not fit, the request is refused elsewhere */
  quote(
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Readonly<Record<string, unknown>> = {},
  ): Quote {
    const { price, introspects } = this.#known.get(operation) ?? this.#work(document, operation);
    const fields = typeof price === 'number' ? price : amountOf(price, this.#circumstances(operation, variables));
    return { price: REQUEST_PRICE + fields, introspects };
  }

  #work(document: DocumentNode, operation: OperationDefinitionNode): PricedOperation {
    const pricer = new OperationPricer(this.#schema, this.#prices, document);
    const priced = { price: pricer.price(operation), introspects: pricer.introspects };
    this.#known.set(operation, priced);
    return priced;
  }

  #circumstances({ variableDefinitions = [] }: OperationDefinitionNode, variables: Readonly<Record<string, unknown>>) {
    const { coerced = {} } = getVariableValues(this.#schema, variableDefinitions, variables);
    return { variables: coerced, known: new Map<Price, number>() };
  }
}
