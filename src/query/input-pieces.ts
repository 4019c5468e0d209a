import { type InputData, type InputDataPlace, inputData } from '../chain/input-data.ts';
import type { Transaction } from '../chain/transaction.ts';
import { remembered } from './remembered.ts';

const NOTHING: readonly InputData[] = [];

/** The data in the inputs of a transaction by its place, found once, since several inputs and conditions ask for it. */
export class InputPieces {
  static readonly #known = new WeakMap<Transaction, InputPieces>();

  readonly count: number;
  readonly #ofInputs: ReadonlyMap<number, ReadonlyMap<InputDataPlace, readonly InputData[]>>;

  private constructor(pieces: readonly InputData[]) {
    const ofInputs = Map.groupBy(pieces, ({ input }) => input);
    this.count = pieces.length;
    this.#ofInputs = new Map(Array.from(ofInputs, ([input, own]) => [input, Map.groupBy(own, ({ place }) => place)]));
  }

  static of(transaction: Transaction): InputPieces {
    return remembered(InputPieces.#known, transaction, (one) => new InputPieces(inputData(one)));
  }

  /** @param input its index */
  at(input: number, place: InputDataPlace): readonly InputData[] {
    return this.#ofInputs.get(input)?.get(place) ?? NOTHING;
  }
}
