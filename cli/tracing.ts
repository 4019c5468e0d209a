import { context, DiagLogLevel, diag, propagation, type Tracer } from '@opentelemetry/api';
import type { Logger } from 'pino';
import { packageVersion } from '../src/package-root.ts';
import type { Environment } from '../src/settings/read.ts';
import { inTime } from '../src/waiting.ts';
import { loadOptional } from './optional-packages.ts';

/** Sends spans until it is disposed of. */
export interface Tracing extends AsyncDisposable {
  /** Null if traces are not sent. */
  readonly tracer: Tracer | null;
}

/** How long a collector may take to accept spans, also the last ones. */
const TIMEOUT_MS = 3_000;

/**
 * Sends traces by OTLP over HTTP, if OpenTelemetry's environment variable OTEL_EXPORTER_OTLP_ENDPOINT says where.
 * @throws BitqlError BAD_SETTING if the SDK, which is optional, is not installed
 */
export async function startTracing(env: Environment, log: Logger): Promise<Tracing> {
  const endpoint = env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? env.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (endpoint === undefined || env.OTEL_SDK_DISABLED === 'true') return NONE;
  const { createProvider } = await loadOptional(
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    '@opentelemetry/',
    () => import('./tracing-sdk.ts'),
  );
  const provider = createProvider(env, TIMEOUT_MS);
  diag.setLogger(diagnosticsTo(log), DiagLogLevel.WARN);
  log.info(`Traces go to ${endpoint}.`);
  return {
    tracer: provider.getTracer('bitql', packageVersion()),
    async [Symbol.asyncDispose]() {
      const sent = provider
        .shutdown()
        .catch((error: Error) => log.warn(`The last traces could not be sent: ${error.message}`));
      await inTime(sent, TIMEOUT_MS, () => new Error('they were not taken in time')).catch(() => {});
      for (const api of [context, propagation, diag]) api.disable();
    },
  };
}

const NONE: Tracing = { tracer: null, async [Symbol.asyncDispose]() {} };

/** A logger of OpenTelemetry that writes errors and warnings into the log. */
function diagnosticsTo(log: Logger) {
  const warn = (message: string) => log.warn(`OpenTelemetry: ${message}`);
  const nothing = () => {};
  return { error: warn, warn, info: nothing, debug: nothing, verbose: nothing };
}
