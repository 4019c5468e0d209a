import { describe, expect, it } from 'vitest';
import { EventSourceClient } from '../support/event-source.ts';
import { demoGateway, post } from './support.ts';

/** An address that block 357238 pays. */
const ADDRESS = '1KzhCfSnJKHFFxJnFats5fPZue7ZLXMnTz';
const PRIVATE_KEY = '5Kd3NBUAdUnhyzenEwVLy9pBKxSwXvE9FMPyR4UKZvpe6E3AgLr';

const gateway = demoGateway();

/** The error of a subscription to some addresses. */
async function refusalOf(addresses: readonly string[]) {
  const client = new EventSourceClient(
    `${gateway.url}/graphql`,
    'subscription ($a: [String!]!) { address(addresses: $a) { kind } }',
    { variables: { a: addresses } },
  );
  await client.ended;
  return client.notices[0]!.errors![0];
}

/** The error of each place that accepts an address. */
async function refusalsOf(text: string) {
  const one = await post(gateway.url, 'query ($a: String!) { address(address: $a) { type } }', { a: text });
  const filter = 'query ($a: String!) { transactions(filter: { address: $a }) { nodes { txid } } }';
  const list = await post(gateway.url, filter, { a: text });
  return [one.errors![0]!, list.errors![0]!, await refusalOf([ADDRESS, text])];
}

describe('an address', () => {
  it.each([
    ['mistyped', `${ADDRESS.slice(0, -1)}x`, 'its checksum (base58) is wrong'],
    ['an xpub', `xpub${'6'.repeat(107)}`, 'an extended public key'],
    ['of another network', 'mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn', 'an address of a testnet'],
    ['a URI', `bitcoin:${ADDRESS}?amount=1`, 'BIP 21'],
    ['a private key', PRIVATE_KEY, 'a private key (WIF)'],
  ])('is refused, and the message says what it is instead, at every argument: %s', async (_, text, message) => {
    const refusals = await refusalsOf(text);
    for (const error of refusals) {
      expect(error).toMatchObject({ extensions: { code: 'BAD_ADDRESS', retryable: false } });
      expect(error.message).toContain(message);
      expect(error.message).not.toContain(text);
    }
    expect(refusals[2].message).toContain('Number 2 of `addresses`');
  });

  it('may have blanks around it', async () => {
    const { data, errors } = await post(
      gateway.url,
      'query ($a: String!) { address(address: $a) { address } transactions(filter: { address: $a }) { nodes { txid } } }',
      { a: ` ${ADDRESS}\n` },
    );
    expect(errors).toBeUndefined();
    expect(data.address).toEqual({ address: ADDRESS });
    expect(data.transactions.nodes).toHaveLength(2);
  });
});
