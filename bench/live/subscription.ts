/** What all subscribers ask for, each with a filter of its own. */
export const SUBSCRIPTION = `subscription ($filter: TransactionFilter) {
  transactions(filter: $filter) { cursor kind transaction { txid fee } }
}`;

export interface Operation {
  readonly query: string;
  readonly variables?: object;
}

/** What comes of the operation above. */
export interface Result {
  readonly data?: {
    readonly transactions: { readonly kind: string; readonly transaction: { readonly txid: string } };
  } | null;
  readonly errors?: readonly { readonly message: string }[];
}

/** What a result tells, and of which transaction: such as "ACCEPTED 8aa5..." */
export function toldBy({ data, errors }: Result): string {
  if (data == null || errors !== undefined)
    throw new Error(`a subscriber was told an error: ${JSON.stringify(errors)}`);
  const { kind, transaction } = data.transactions;
  return `${kind} ${transaction.txid}`;
}
