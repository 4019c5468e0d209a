import { graphql } from './gql';

export const Fees = graphql(`
  query Fees($txids: [Hash!]!, $since: Moment!, $after: Cursor) {
    transactions(filter: { txids: $txids, time: { from: $since } }, after: $after) {
      nodes { txid fee hex firstSeen inputs { sequence } block { date } }
      pageInfo { endCursor }
    }
    chain { cursor }
  }
`);
