import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { startRegtest } from '../../dev/regtest.ts';
import { Sandbox } from '../../dev/sandbox.ts';
import { until } from '../../dev/until.ts';
import { INDEXER_METRICS } from '../../indexer/metrics.ts';
import { STAGES } from '../../indexer/progress.ts';
import { GATEWAY_METRICS, GatewayMetrics } from '../../src/gateway/observe/metrics.ts';
import { PROCESS_METRICS } from '../../src/metrics/collector.ts';
import { describeWith } from '../services/suite.ts';
import { EventSourceClient } from '../support/event-source.ts';
import { BITQL, bitql, cleanEnvironment, demoFile } from './support.ts';

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
  it('are those of the table, and say how far it is', async () => {
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
      Object.keys({ ...INDEXER_METRICS, ...PROCESS_METRICS }).sort(),
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

  it('cannot be served at a port that is taken', async () => {
    await using node = await startRegtest({ bitcoind });
    const port = new URL(node.urlWithPassword).port;
    await using sandbox = new Sandbox('metrics');
    const args = ['index', '--node', node.urlWithPassword, '--store', `${sandbox.folder}/chain.db`, '--metrics', port];
    const { code, stderr } = await bitql(args);
    expect(code).toBe(1);
    expect(stderr).toContain('give another --metrics');
  });
});

/** Our metrics in a scrape. A histogram has samples of three kinds. */
function ownMetrics(samples: Map<string, number>): string[] {
  const names = [...samples.keys()].map((name) =>
    name.replace(/\{.*/, '').replace(/_seconds_(bucket|sum|count)$/, '_seconds'),
  );
  return [...new Set(names)].filter((name) => name.startsWith('bitql_')).sort();
}

describe('the metrics of a gateway', () => {
  it('are those of the table, and say what it did', async () => {
    await using sandbox = new Sandbox('metrics');
    const store = await demoFile(sandbox.folder);
    const args = ['serve', '--store', store, '--port', '0', '--metrics', '127.0.0.1:0'];
    const serve = sandbox.start('serve', process.execPath, [BITQL, ...args], cleanEnvironment());
    await until('the gateway', () => serve.output().includes('/graphql'));
    const metrics = /http:\/\/\S+\/metrics/.exec(serve.output())![0];
    const url = /http:\/\/\S+\/graphql/.exec(serve.output())![0];
    const headers = { 'content-type': 'application/json' };
    const post = async (body: string) => (await fetch(url, { method: 'POST', headers, body })).text();
    const query = 'query Secret { chain { lag } }';
    await post(JSON.stringify({ query }));
    await post(JSON.stringify({ query: '{ chain { lag } }' }));
    await post(JSON.stringify({ query: '{ nothing }' }));
    await post(JSON.stringify({ query: '{ transaction(txid: "00") { txid } }' }));
    await post('{');
    await post('{}');
    const client = new EventSourceClient(url, 'subscription { blocks { kind } }');
    await client.opened;
    const samples = await scrape(metrics);
    expect(ownMetrics(samples)).toEqual(Object.keys({ ...GATEWAY_METRICS, ...PROCESS_METRICS }).sort());
    const requests = (transport: string, outcome: string) =>
      samples.get(`bitql_gateway_requests_total{transport="${transport}",outcome="${outcome}"}`);
    expect(requests('http', 'OK')).toBe(2);
    expect(requests('http', 'GRAPHQL_VALIDATION_FAILED')).toBe(2);
    expect(requests('http', 'BAD_REQUEST')).toBe(1);
    expect(requests('http', 'BAD_QUERY')).toBe(1);
    // The demo has no log of events.
    expect(requests('sse', 'NOT_SYNCED')).toBe(1);
    expect(samples.get('bitql_gateway_request_seconds_count{transport="http"}')).toBe(4);
    expect(samples.get('bitql_gateway_operations_total{operation="none"}')).toBe(4);
    expect(samples.get('bitql_gateway_cost_total')).toBeGreaterThan(0);
    expect(samples.get('bitql_gateway_subscriptions{transport="sse"}')).toBe(0);
    expect(samples.get('bitql_gateway_subscriptions{transport="websocket"}')).toBe(0);
    expect(samples.get('bitql_gateway_height')).toBe(357_238);
    expect(samples.get('bitql_gateway_store_calls_total{call="readState",outcome="answered"}')).toBeGreaterThan(0);
    expect(samples.has('nodejs_eventloop_lag_p99_seconds')).toBe(true);
    expect([...samples.keys()].join()).not.toContain('Secret');
    serve.kill('SIGTERM');
    expect(await serve.ended).toBe(0);
    await client.close();
  });

  it('do not grow with the names that clients choose', () => {
    const registry = new Registry();
    const metrics = new GatewayMetrics(registry);
    for (let n = 0; n < 1_000; n++) {
      metrics.answered({ transport: 'http', outcome: 'OK', operation: `name ${n}`, seconds: 0.01, cost: 1 });
    }
    return expect(registry.getSingleMetricAsString('bitql_gateway_operations_total')).resolves.toMatch(
      /^(?:.*\n){102}bitql_gateway_operations_total\{operation="other"\} 900$/,
    );
  });
});
