/** A question that the demo asks, and what to see in its answer. */
export interface Question {
  readonly title: string;
  readonly query: string;
  readonly remark: string;
}

export const QUESTIONS: readonly Question[] = [
  {
    title: 'A block in numbers',
    query: `{
  block(height: 357238) {
    hash
    date
    transactionCount
    outputCount
    outputValue
    fees
    feesUnknown
  }
}`,
    remark: 'The fees are null with a reason: most of what the block spends was made in blocks that this index lacks.',
  },
  {
    title: 'A search in data: OP_RETURN outputs that begin with a text',
    query: `{
  transactions(filter: { data: [{ pushes: [{ startsWith: { utf8: "blkCITE" } }] }] }) {
    nodes {
      txid
      outputs { data { pushes { utf8 } } }
    }
  }
}`,
    remark: 'An index serves this search: it takes as long among a billion transactions.',
  },
  {
    title: 'A transaction, with what it spends and who spends it',
    query: `{
  transaction(txid: "addfaf2ee14005f46a15a0b902f149d4088e384e4450042dea40b96e895d92de") {
    fee
    inputs { spentOutput { value address } }
    outputs { value address spentBy { transaction { txid } } }
  }
}`,
    remark: 'No second request: spent outputs and spenders are fields like any other.',
  },
];
