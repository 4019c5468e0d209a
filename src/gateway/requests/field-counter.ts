import { type FragmentDefinitionNode, Kind, type SelectionSetNode } from 'graphql';

/** By name. */
export type Fragments = Readonly<Record<string, FragmentDefinitionNode>>;

/** Counts the fields of selections, as if each fragment stood where it is spread; each is looked at once. */
export class FieldCounter {
  readonly #fragments: Fragments;
  readonly #sizes = new Map<string, number>();

  constructor(fragments: Fragments) {
    this.#fragments = fragments;
  }

  count(selectionSet: SelectionSetNode | undefined): number {
    let size = 0;
    for (const selection of selectionSet?.selections ?? []) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) size += this.#fragment(selection.name.value);
      else size += (selection.kind === Kind.FIELD ? 1 : 0) + this.count(selection.selectionSet);
    }
    return size;
  }

  #fragment(name: string): number {
    const size = this.#sizes.get(name) ?? this.count(this.#fragments[name]?.selectionSet);
    this.#sizes.set(name, size);
    return size;
  }
}
