import { describe, expect, it } from 'vitest';
import { environmentName, flagName, switchOption } from '../../src/settings/option.ts';
import { closest, readOptions } from '../../src/settings/read.ts';
import { SETTINGS, settings } from '../../src/settings/settings.ts';

const OPTIONS = {
  ...settings('node', 'store', 'port', 'scanBudget', 'network', 'zmq'),
  json: switchOption('Prints JSON.'),
};

describe('settings', () => {
  it('are named alike as flags and as variables', () => {
    expect(flagName('scanBudget')).toBe('--scan-budget');
    expect(environmentName('scanBudget')).toBe('BITQL_SCAN_BUDGET');
  });

  it('have the default that their help shows', () => {
    for (const [name, { fallback, fallbackText, parse }] of Object.entries(SETTINGS)) {
      expect(fallbackText === null ? null : parse(fallbackText), name).toEqual(fallback);
    }
  });

  it('are read from flags first, then from the environment, else they have their default', () => {
    const env = { BITQL_PORT: '5000', BITQL_SCAN_BUDGET: '500', BITQL_STORE: '' };
    const { values, mistakes, warnings, positionals } = readOptions(OPTIONS, ['--port', '6000', 'x', '--json'], env);
    expect(values).toEqual({
      node: 'http://127.0.0.1:8332',
      store: { kind: 'sqlite', file: './bitql.db' },
      port: 6000,
      scanBudget: 500,
      network: null,
      zmq: null,
      json: true,
    });
    expect([...mistakes, ...warnings]).toEqual([]);
    expect(positionals).toEqual(['x']);
  });

  it('are all checked at once', () => {
    const args = ['--prot', '1', '--scan-budget=12.5', '--store', 'data/', '--json=yes', '-x', '--port'];
    const { mistakes } = readOptions(OPTIONS, args, { BITQL_NETWORK: 'bitcoin' });
    expect(mistakes).toEqual([
      '--prot is not a flag of this command: did you mean --port?',
      '-x is not a flag of this command.',
      expect.stringMatching(/^--store must be sqlite:FILE/),
      '--port needs a value, a port: a whole number from 0 to 65535.',
      '--scan-budget must be a whole number from 100 to 10000000.',
      expect.stringMatching(/^BITQL_NETWORK must be one of btc-mainnet, /),
      '--json must be given without a value.',
    ]);
  });

  it.each([
    ['*', '*'],
    ['none', []],
    ['https://App.example:443/, http://localhost:3000', ['https://app.example', 'http://localhost:3000']],
  ])('take origins as %s', (text, origins) => {
    const { values, mistakes } = readOptions(settings('cors'), [], { BITQL_CORS: text });
    expect([values.cors, mistakes]).toEqual([origins, []]);
  });

  it('that do not exist cause a warning if they are variables', () => {
    const { warnings, mistakes } = readOptions(OPTIONS, [], {
      BITQL_PROT: '1',
      BITQL_LEASE: 'for another command',
      PORT: '1',
    });
    expect(warnings).toEqual(['BITQL_PROT is not a setting and changes nothing: did you mean BITQL_PORT?']);
    expect(mistakes).toEqual([]);
  });

  it.each([
    ['tcp://127.0.0.1:28332', ['tcp://127.0.0.1:28332']],
    ['tcp://node.example:28332, ipc:///run/zmq', ['tcp://node.example:28332', 'ipc:///run/zmq']],
    ['tcp://[fd00::7]:28332', ['tcp://[fd00::7]:28332']],
    ['', null],
  ])('accept ZMQ addresses: %s', (text, addresses) => {
    const { values, mistakes } = readOptions(settings('zmq'), [], { BITQL_ZMQ: text });
    expect([values.zmq, mistakes]).toEqual([addresses, []]);
  });

  it.each([
    ['port', '65536'],
    ['port', '-1'],
    ['port', '1e3'],
    ['port', '0x10'],
    ['node', '10.0.0.5:8332'],
    ['node', 'ftp://127.0.0.1'],
    ['node', 'http://user:pass#word@127.0.0.1:8332'],
    ['node', 'http://user:12#34@127.0.0.1:8332'],
    ['node', 'http://user:12/34@127.0.0.1:8332'],
    ['node', 'http://user:12?34@127.0.0.1:8332'],
    ['store', 'postgres://localhost'],
    ['store', 'data/index'],
    ['zmq', '127.0.0.1:28332'],
    ['zmq', 'tcp://127.0.0.1'],
    ['zmq', 'tcp://127.0.0.1:99999'],
    ['zmq', 'tcp://127.0.0.1:1,'],
    ['zmq', 'udp://127.0.0.1:1'],
    ['cors', 'app.example'],
    ['cors', 'https://app.example/path'],
    ['cors', 'https://user@app.example'],
    ['cors', 'https://app.example,'],
    ['cors', 'https://app.example,*'],
    ['cors', 'file://x'],
    ['cors', 'null'],
    ['cors', 'https://*.app.example'],
    ['cors', 'https://%2a.app.example'],
    ['cors', 'https://app.example:*'],
  ])('--%s refuses %s without showing it', (name, text) => {
    const { mistakes } = readOptions(OPTIONS, [`--${name}=${text}`], {});
    expect(mistakes).toHaveLength(1);
    expect(mistakes[0]).not.toContain(text);
  });
});

describe('the closest word', () => {
  it.each([
    ['sttaus', 'status'],
    ['indx', 'index'],
    ['QUERY', 'query'],
    ['frobnicate', undefined],
    ['', undefined],
  ])('to %j is %j', (word, expected) => {
    expect(closest(word, ['status', 'index', 'query', 'up'])).toBe(expected);
  });
});
