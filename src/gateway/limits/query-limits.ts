import {
  type ASTVisitor,
  type DefinitionNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  type ValidationContext,
} from 'graphql';
import { BitqlError } from '../../errors.ts';

/** What one operation may have, its fragments counted as often as they are spread. */
export const QUERY_LIMITS = { depth: 12, aliases: 30, rootFields: 20, directives: 50 } as const;

export type LimitName = keyof typeof QUERY_LIMITS;
type Extent = Readonly<Record<LimitName, number>>;

const WORDS: Readonly<Record<LimitName, string>> = {
  depth: 'levels of fields',
  aliases: 'aliases',
  rootFields: 'fields at its root',
  directives: 'directives',
};
const NOTHING: Extent = { depth: 0, aliases: 0, rootFields: 0, directives: 0 };

/** Refuses operations that are deeper or wider than {@link QUERY_LIMITS}. A rule of validation. */
export function queryLimits(context: ValidationContext): ASTVisitor {
  const measure = new Measure((name) => context.getFragment(name));
  return {
    OperationDefinition(operation) {
      const extent = measure.operation(operation);
      for (const name of Object.keys(QUERY_LIMITS) as LimitName[]) {
        if (extent[name] > QUERY_LIMITS[name]) context.reportError(exceeded(name, extent[name], operation));
      }
      return false;
    },
    FragmentDefinition: () => false,
  };
}

function exceeded(limit: LimitName, found: number, node: DefinitionNode): GraphQLError {
  const message = `The query has ${found} ${WORDS[limit]}; it may have ${QUERY_LIMITS[limit]}.`;
  return new GraphQLError(message, { nodes: [node], originalError: new BitqlError('LIMIT_EXCEEDED', message) });
}

/** How deep and wide selections are. Each fragment is looked at once, however often it is spread; one in itself is nothing. */
class Measure {
  readonly #fragmentNamed: (name: string) => FragmentDefinitionNode | null | undefined;
  readonly #fragments = new Map<string, Extent>();

  constructor(fragmentNamed: (name: string) => FragmentDefinitionNode | null | undefined) {
    this.#fragmentNamed = fragmentNamed;
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
    return { depth, aliases, rootFields: 1, directives: own.directives + below.directives };
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
  };
}
