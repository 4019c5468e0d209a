import { expect, it } from 'vitest';
import { STAGES } from '../../indexer/stages.ts';
import { startRegtest } from '../../src/dev/regtest.ts';
import { Sandbox } from '../../src/dev/sandbox.ts';
import { until } from '../../src/dev/until.ts';
import { INDEXER_METRICS } from '../../src/metrics/indexer-metrics.ts';
import { describeWith } from '../services/suite.ts';
import { BITQL, bitql, cleanEnvironment } from './support.ts';

/** The samples of a scrape, by name and labels. */
async function scrape(url: string): Promise<Map<string, number>> {
  const response = await fetch(url);
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  const lines = (await response.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}

describeWith('bitcoind')('the metrics of an indexer', ({ bitcoind }) => {
  it('are those of the table, and tell how far it is', async () => {
    await using node = await startRegtest({ bitcoind });
    await node.mine(120);
    await using sandbox = new Sandbox('metrics');
    const args = ['index', '--node', node.urlWithPassword, '--store', 'chain.db', '--metrics', '127.0.0.1:0'];
    const index = sandbox.start('index', process.execPath, [BITQL, ...args], cleanEnvironment());
    await until('the tip', () => index.output().includes('At the tip: block 120.'));
    const url = /http:\/\/\S+\/metrics/.exec(index.output())![0];
    const samples = await scrape(url);
    const names = new Set([...samples.keys()].map((name) => name.replace(/\{.*/, '')));
    expect([...names].filter((name) => !/^(process|nodejs)_/.test(name)).sort()).toEqual(
      Object.keys(INDEXER_METRICS).sort(),
    );
    expect(names.has('process_resident_memory_bytes')).toBe(true);
    for (const stage of STAGES)
      expect(samples.get(`bitql_indexer_stage_seconds_total{stage="${stage}"}`)).toBeGreaterThanOrEqual(0);
    expect(samples.get('bitql_indexer_height')).toBe(120);
    expect(samples.get('bitql_indexer_lowest_height')).toBe(0);
    expect(samples.get('bitql_indexer_transactions_total')).toBe(121);
    expect(samples.get('bitql_indexer_transactions_left')).toBe(0);
    expect((await fetch(new URL('/', url))).status).toBe(404);
    index.kill('SIGTERM');
    expect(await index.ended).toBe(0);
  });

  it('are refused a place that is taken', async () => {
    await using node = await startRegtest({ bitcoind });
    const port = new URL(node.urlWithPassword).port;
    await using sandbox = new Sandbox('metrics');
    const args = ['index', '--node', node.urlWithPassword, '--store', `${sandbox.folder}/chain.db`, '--metrics', port];
    const { code, stderr } = await bitql(args);
    expect(code).toBe(1);
    expect(stderr).toContain('give another --metrics');
  });
});
