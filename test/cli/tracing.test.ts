import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { startTracing } from '../../cli/tracing.ts';
import { Sandbox, type SandboxProcess } from '../../dev/sandbox.ts';
import { until } from '../../dev/until.ts';
import { BITQL, cleanEnvironment, demoFile } from './support.ts';

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly attributes: readonly { readonly key: string; readonly value: object }[];
}

/** Receives OTLP over HTTP, as a collector of OpenTelemetry does. */
class Collector implements AsyncDisposable {
  readonly spans: Span[] = [];
  readonly resources: object[] = [];
  readonly #server = createServer(async (request, response) => {
    // biome-ignore lint/suspicious/noExplicitAny: the format is the collector's
    const body = (await json(request)) as any;
    for (const { resource, scopeSpans } of body.resourceSpans) {
      this.resources.push(resource);
      for (const { spans } of scopeSpans) this.spans.push(...spans);
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });

  static async open(): Promise<Collector> {
    const collector = new Collector();
    await new Promise<void>((resolve) => collector.#server.listen(0, '127.0.0.1', resolve));
    return collector;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const CALLER = 'b7ad6b7169203331';
const QUERY = 'query Told { blocks(first: 1) { nodes { hash transactions(first: 3) { nodes { txid fee } } } } }';

async function serve(sandbox: Sandbox, env: NodeJS.ProcessEnv): Promise<{ process: SandboxProcess; url: string }> {
  const store = await demoFile(sandbox.folder);
  const args = [BITQL, 'serve', '--store', store, '--port', '0'];
  const serve = sandbox.start('serve', process.execPath, args, { ...cleanEnvironment(), ...env });
  await until('the gateway', () => serve.output().includes('/graphql'));
  return { process: serve, url: /http:\/\/\S+\/graphql/.exec(serve.output())![0] };
}

function ask(url: string, query: string, accept = 'application/json'): Promise<Response> {
  const headers = {
    'content-type': 'application/json',
    accept,
    traceparent: `00-${TRACE}-${CALLER}-01`,
    'x-request-id': 'mine',
  };
  return fetch(url, { method: 'POST', headers, body: JSON.stringify({ query }) });
}

describe('a gateway that has an address for traces', () => {
  it('sends traces of requests, their operations and their reads', async () => {
    await using collector = await Collector.open();
    await using sandbox = new Sandbox('tracing');
    const gateway = await serve(sandbox, { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_SERVICE_NAME: 'my-bitql' });
    expect((await ask(gateway.url, QUERY)).status).toBe(200);
    await (await ask(gateway.url, '{ chain { lag } }', 'text/event-stream')).text();
    await fetch(new URL('/readyz', gateway.url));
    gateway.process.kill('SIGTERM');
    expect(await gateway.process.ended).toBe(0);
    expect(JSON.stringify(collector.resources)).toContain('my-bitql');
    const { spans } = collector;
    expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([TRACE]));
    const named = (name: string) => spans.filter((span) => span.name === name);
    const [request, ...noOthers] = named('POST /graphql');
    expect(noOthers).toEqual([]);
    expect(request!.parentSpanId).toBe(CALLER);
    expect(JSON.stringify(request!.attributes)).toContain('"mine"');
    const operations = named('graphql operation');
    expect(operations.map(({ parentSpanId }) => parentSpanId).sort()).toEqual([CALLER, request!.spanId].sort());
    const operation = operations.find(({ parentSpanId }) => parentSpanId === request!.spanId)!;
    expect(JSON.stringify(operation.attributes)).toMatch(/"OK".*"query".*"Told"/);
    const reads = spans.filter(({ name }) => name.startsWith('store '));
    expect(reads.filter(({ parentSpanId }) => parentSpanId === operation.spanId).length).toBeGreaterThan(2);
    // There is no span for each field, and no text of the request.
    expect(spans).toHaveLength(1 + operations.length + reads.length);
    expect(spans.length).toBeLessThan(30);
    expect(JSON.stringify(spans)).not.toContain('txid');
  });

  it('ends in time though nobody receives them', async () => {
    await using sandbox = new Sandbox('tracing');
    const gateway = await serve(sandbox, { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' });
    expect((await ask(gateway.url, QUERY)).status).toBe(200);
    gateway.process.kill('SIGTERM');
    expect(await gateway.process.ended).toBe(0);
  });

  it('sends none by default', async () => {
    expect((await startTracing({}, pino({ level: 'silent' }))).tracer).toBeNull();
  });
});
