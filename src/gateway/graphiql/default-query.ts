/**
 * What GraphiQL shows at first. The start script replaces `from: 0`, `"hello"` and `"ADDRESS"` with data of the chain
 * (src/gateway/graphiql/browser-scripts.ts), so that each query finds something.
 */
export const DEFAULT_QUERY = `# Questions about a Bitcoin chain.
#
# Ctrl-Enter  runs the query at the cursor
# Ctrl-Space  suggests what fits there
# Ctrl-K      searches the documentation
#
# How fresh the index is, and the
# newest transactions:

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
      endCursor # "after" for the next page
      hasNextPage
    }
  }
}

# The newest transactions with data
# (OP_RETURN) of any kind. Without a
# text to look for, it takes a range of
# at most 1,000 blocks:

query NewestData {
  transactions(
    first: 5
    filter: { block: { from: 0 }, data: [{ pushes: [{ index: 0 }] }] }
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

# Data that starts with these bytes,
# anywhere on the chain. It finds nothing
# where nobody has written such data yet:

query DataSearch {
  transactions(
    first: 5
    filter: { data: [{ pushes: [{ startsWith: { utf8: "hello" } }] }] }
  ) {
    nodes {
      txid
      block {
        date
      }
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

# What such a search takes, before you
# run it: what it reads of the index, and
# what it costs. If a filter is refused,
# it says what to add:

query Explain {
  explainTransactions(
    first: 5
    filter: { data: [{ pushes: [{ startsWith: { utf8: "hello" } }] }] }
  ) {
    steps {
      depth
      operation
      index
      key
      rows
    }
    conditions # checked on each transaction
    prediction {
      matches
      rows
      cost
    }
    refusal {
      message
      add
    }
  }
}

# An address: one of the newest block,
# or put yours there. The balance of a
# very busy one is null, with the reason:

query AnAddress {
  address(address: "ADDRESS") {
    balance {
      received
      unspent # null where old blocks are missing
      transactionCount
    }
    transactions(first: 5) {
      nodes {
        txid
        confirmations
      }
    }
    unspentOutputs(first: 5) { # none if all is spent
      nodes {
        value
        transaction {
          txid
        }
        index
      }
    }
  }
}

# The newest block, in numbers:

query NewestBlock {
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

# What happens, as it happens: silent
# until there is a new transaction or
# block ("bitql dev send" makes one on a
# chain of "bitql dev"; the demo has none).
# Ctrl-Enter once more ends it:

subscription Happenings {
  transactions {
    kind
    transaction {
      txid
      outputValue
    }
    block {
      height
    }
  }
}
`;
