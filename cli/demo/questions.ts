/** A question that the demo asks, and what to see in its answer. */
export interface DemoQuestion {
  readonly title: string;
  readonly query: string;
  readonly remark: string;
}

export const QUESTIONS: readonly DemoQuestion[] = [
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
    remark:
      'The fees are null, with a reason: most outputs that the block spends are in blocks that this index does not have.',
  },
  {
    title: 'A search in data: OP_RETURN outputs that start with a text',
    query: `{
  transactions(filter: { data: [{ pushes: [{ startsWith: { utf8: "blkCITE" } }] }] }) {
    nodes {
      txid
      outputs { data { pushes { utf8 } } }
    }
  }
}`,
    remark: 'The search uses an index, newest first: it does not become slower as the chain grows.',
  },
  {
    title: 'A transaction, with the outputs that it spends and the transactions that spend its outputs',
    query: `{
  transaction(txid: "16c38f8e3f33a7b4da41665f250164fc9121ce7d3cd99e2532add5007e44df5e") {
    fee
    inputs { spentOutput { value address } }
    outputs { value address spentBy { transaction { txid } } }
  }
}`,
    remark: 'One request is enough: spent outputs and spending transactions are fields like any other.',
  },
];
