/** What GraphiQL shows at first: works on any chain, and says what to try next. */
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
# (OP_RETURN) that starts with a text:

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

# What happens, as it happens. Ctrl-Enter
# once more ends it:

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
