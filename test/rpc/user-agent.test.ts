import { describe, expect, it } from 'vitest';
import { currencyOfClient } from '../../src/rpc/user-agent.ts';

describe('the currency of a client', () => {
  it.each([
    ['/Satoshi:29.0.0/', 'BTC'],
    ['/Satoshi:29.4.2/Knots:20260508/', 'BTC'],
    ['/Satoshi:27.0.0(UASF-NotBCH)/', 'BTC'],
    ['/Satoshi:27.0.0(Knuth; Flowee; Bitcoin SV; Bitcoin Cash)/', 'BTC'],
    ['/btcwire:0.5.0/btcd:0.24.2/', 'BTC'],
    ['/Bitcoin Cash Node:28.0.1(EB32.0)/', 'BCH'],
    ['/Bitcoin Cash Node:28.0.1(EB32.0; Satoshi)/', 'BCH'],
    ['/BCH Unlimited:1.10.0(EB32; AD12)/', 'BCH'],
    ['/bchwire:0.5.3/bchd:0.17.1/', 'BCH'],
    ['/Bitcoin Verde:2.3.0/', 'BCH'],
    ['/Flowee:2022.7/', 'BCH'],
    ['/Knuth:0.75.0(EB32.0)/', 'BCH'],
    ['/Bitcoin SV:1.1.0/', 'BSV'],
    ['/teranode:0.9/', 'BSV'],
  ])('%s', (userAgent, currency) => {
    expect(currencyOfClient(userAgent)).toBe(currency);
  });

  it.each([
    '',
    '/',
    '/:1/',
    '/(Satoshi)/',
    '/Mine:1.0(Satoshi)/',
    '/Bitcoin ABC:0.32.0(EB32.0)/',
    'NotBCH',
    '/NotBCH:1/',
    '/Satoshi II:1/',
  ])('is not known of %s', (userAgent) => {
    expect(currencyOfClient(userAgent)).toBeNull();
  });
});
