/** What GraphiQL shows at first: works on any chain, and says what to try next. */
export const DEFAULT_QUERY = `# BitQL answers questions about a Bitcoin chain.
#
#   Ctrl-Enter   runs the query that the cursor is in
#   Ctrl-Space   suggests what fits at the cursor
#   the book at the left documents every field
#
# How far the index is, and the newest transactions.

query Newest {
  chain {
    network
    tip {
      height
      hash
      date
    }
    lag
  }
  transactions(first: 5) {
    nodes {
      txid
      block {
        height
      }
      outputs(first: 3) {
        value
        address
      }
    }
    pageInfo {
      endCursor # give it as "after" to go on from here
      hasNextPage
    }
  }
}

# The newest transactions with data (OP_RETURN) that starts with a text.

query DataSearch {
  transactions(
    first: 5
    filter: { data: [{ pushes: [{ index: 0, startsWith: { utf8: "blkCITE" } }] }] }
  ) {
    nodes {
      txid
      outputs {
        data {
          pushes {
            utf8
            hex
          }
        }
      }
    }
  }
}

# One block, in numbers.

query OneBlock {
  blocks(first: 1) {
    nodes {
      height
      transactionCount
      outputValue
      transactions(first: 3) {
        nodes {
          txid
          fee
        }
      }
    }
  }
}
`;
