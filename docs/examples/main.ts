import { GraphQLClient } from 'graphql-request';
import { Fees } from './fees';

async function main([url = 'http://localhost:4000/graphql', ...txids]: string[]) {
  // With a key: new GraphQLClient(url, { headers: { authorization: 'Bearer KEY' } })
  const client = new GraphQLClient(url);
  const { transactions } = await client.request(Fees, { txids, since: 0 });
  for (const { txid, fee } of transactions?.nodes ?? []) console.log(txid, fee);
}

main(process.argv.slice(2));
