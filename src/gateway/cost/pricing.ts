import { type DocumentNode, type GraphQLSchema, type OperationDefinitionNode, OperationTypeNode } from 'graphql';
import type { Variables } from '../requests/variables.ts';
import { FieldPrices } from './field-prices.ts';
import { OperationPricer } from './operation-pricer.ts';
import { amountOf, bounded, type Price, plus } from './price.ts';

/** What a request costs by itself, whatever it asks for. */
export const REQUEST_PRICE = 100;

/** What an event costs whoever is told of it, whatever that holds. */
export const EVENT_PRICE = 10;

interface PricedOperation {
  readonly price: Price;
  /** Of the root field alone, where it is a subscription. */
  readonly root: number;
}

/** What a request costs, before it runs. */
export interface Quote {
  /** One for each field of the answer at least, where its lists are as long as is usual. */
  readonly price: number;
}

/** What a subscription costs. */
export interface SubscriptionQuote {
  readonly opening: number;
  /** For each event, where its lists are as long as is usual. */
  readonly event: number;
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
