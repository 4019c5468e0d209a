import { setTimeout as sleep } from 'node:timers/promises';
import { context, DiagLogLevel, diag, propagation, type Tracer } from '@opentelemetry/api';
import type { Logger } from 'pino';
import { BitqlError } from '../errors.ts';
import { packageVersion } from '../gateway/package-root.ts';
import type { Environment } from '../settings/read.ts';

/** Where spans go, until it is disposed of. */
export interface Tracing extends AsyncDisposable {
  /** Null where nobody asked for traces. */
  readonly tracer: Tracer | null;
}

/** How long a collector is given to take spans, the last ones too. */
const TIMEOUT_MS = 3_000;

/**
 * Sends traces by OTLP over HTTP, where the environment says to where, as OpenTelemetry has it
 * (OTEL_EXPORTER_OTLP_ENDPOINT). The SDK is optional, and loaded only then.
 * @throws BAD_SETTING where it is not installed
 */
export async function startTracing(env: Environment, log: Logger, load = loadSdk): Promise<Tracing> {
  const endpoint = env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? env.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (endpoint === undefined || env.OTEL_SDK_DISABLED === 'true') return NONE;
  const provider = await providerFrom(load, env);
  diag.setLogger(troublesTo(log), DiagLogLevel.WARN);
  log.info(`Traces go to ${endpoint}.`);
  return {
    tracer: provider.getTracer('bitql', packageVersion()),
    async [Symbol.asyncDispose]() {
      const sent = provider.shutdown().catch((error: Error) => log.warn(`The last traces are lost: ${error.message}`));
      await Promise.race([sent, sleep(TIMEOUT_MS, undefined, { ref: false })]);
      for (const api of [context, propagation, diag]) api.disable();
    },
  };
}

const NONE: Tracing = { tracer: null, async [Symbol.asyncDispose]() {} };

async function loadSdk() {
  const [trace, exporter, hooks, core, resources] = await Promise.all([
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/context-async-hooks'),
    import('@opentelemetry/core'),
    import('@opentelemetry/resources'),
  ]);
  return { ...trace, ...exporter, ...hooks, ...core, ...resources };
}

async function providerFrom(load: typeof loadSdk, env: Environment) {
  const sdk = await load().catch((error: unknown) => {
    throw new BitqlError(
      'BAD_SETTING',
      'OTEL_EXPORTER_OTLP_ENDPOINT asks for traces, but the SDK of OpenTelemetry is not installed: run "npm install ' +
        '--include=optional" in the folder of BitQL, or take the variable away.',
      error,
    );
  });
  context.setGlobalContextManager(new sdk.AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new sdk.W3CTraceContextPropagator());
  const own = sdk.resourceFromAttributes({ 'service.name': 'bitql', 'service.version': packageVersion() });
  const given = sdk.detectResources({ detectors: [sdk.envDetector] });
  const root = new sdk.TraceIdRatioBasedSampler(ratioIn(env));
  return new sdk.TracerProvider({
    resource: sdk.defaultResource().merge(own).merge(given),
    sampler: new sdk.ParentBasedSampler({ root }),
    spanProcessors: [
      new sdk.BatchSpanProcessor({ exporter: new sdk.OTLPTraceExporter({ timeoutMillis: timeoutIn(env) }) }),
    ],
  });
}

/** Of the traces that begin here; whoever calls with a trace of their own has decided. */
function ratioIn({ OTEL_TRACES_SAMPLER_ARG: text }: Environment): number {
  const ratio = Number(text ?? 1);
  return ratio >= 0 && ratio <= 1 ? ratio : 1;
}

function timeoutIn({ OTEL_EXPORTER_OTLP_TIMEOUT: text }: Environment): number {
  const ms = Number(text ?? TIMEOUT_MS);
  return ms > 0 ? ms : TIMEOUT_MS;
}

function troublesTo(log: Logger) {
  const warn = (message: string) => log.warn(`OpenTelemetry: ${message}`);
  const nothing = () => {};
  return { error: warn, warn, info: nothing, debug: nothing, verbose: nothing };
}
