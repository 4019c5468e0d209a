import { type DocumentNode, type GraphQLSchema, type OperationDefinitionNode, OperationTypeNode } from 'graphql';
import type { Variables } from '../requests/variables.ts';
import { FieldPrices } from './field-prices.ts';
import { OperationPricer } from './operation-pricer.ts';
import { amountOf, bounded, type Price, plus } from './price.ts';

/** What any request costs by itself. */
export const REQUEST_PRICE = 100;

/** What any event costs its subscriber by itself. */
export const EVENT_PRICE = 10;

interface PricedOperation {
  readonly price: Price;
  /** Of the root field alone, for a subscription. */
  readonly root: number;
}

/** The price of a request, before it runs. */
export interface Quote {
  /** At least one point for each field of the answer, if its lists have their usual length. */
  readonly price: number;
}

/** The price of a subscription. */
export interface SubscriptionQuote {
  readonly opening: number;
  /** For each event, if its lists have their usual length. */
  readonly event: number;
}

/**
 * Prices operations. The price of each is computed once for as long as its document is remembered, except for the part that
 * depends on variables.
 */
export class Pricing {
  readonly #schema: GraphQLSchema;
  readonly #prices: FieldPrices;
  readonly #known = new WeakMap<OperationDefinitionNode, PricedOperation>();

  constructor(schema: GraphQLSchema) {
    this.#schema = schema;
    this.#prices = new FieldPrices(schema);
  }

  /** @param variables coerced */
  quote(document: DocumentNode, operation: OperationDefinitionNode, variables: Variables = {}): Quote {
    const { price } = this.#known.get(operation) ?? this.#work(document, operation);
    return { price: plus(REQUEST_PRICE, this.#amount(price, variables)) };
  }

  quoteSubscription(
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Variables,
  ): SubscriptionQuote {
    const { price, root } = this.#known.get(operation) ?? this.#work(document, operation);
    return {
      opening: REQUEST_PRICE + root,
      event: plus(EVENT_PRICE, this.#amount(price, variables) - root),
    };
  }

  #work(document: DocumentNode, operation: OperationDefinitionNode): PricedOperation {
    const pricer = new OperationPricer(this.#schema, this.#prices, document);
    const price = pricer.price(operation);
    const root = operation.operation === OperationTypeNode.SUBSCRIPTION ? pricer.root(operation) : 0;
    const priced = { price, root };
    this.#known.set(operation, priced);
    return priced;
  }

  #amount(price: Price, variables: Variables): number {
    return bounded(typeof price === 'number' ? price : amountOf(price, { variables, known: new Map<Price, number>() }));
  }
}
