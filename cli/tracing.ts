import { context, DiagLogLevel, diag, propagation, type Tracer } from '@opentelemetry/api';
import type { Logger } from 'pino';
import { packageVersion } from '../src/package-root.ts';
import type { Environment } from '../src/settings/read.ts';
import { inTime } from '../src/waiting.ts';
import { loadOptional } from './optional-packages.ts';

/** Where spans go, until it is disposed of. */
export interface Tracing extends AsyncDisposable {
  /** Null where nobody asked for traces. */
  readonly tracer: Tracer | null;
}

/** How long a collector is given to take spans, the last ones too. */
const TIMEOUT_MS = 3_000;

/**
 * Sends traces by OTLP over HTTP, where the environment says to where, as OpenTelemetry has it
 * (OTEL_EXPORTER_OTLP_ENDPOINT).
 * @throws BAD_SETTING where the SDK is not installed, which is optional
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
  diag.setLogger(troublesTo(log), DiagLogLevel.WARN);
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

function troublesTo(log: Logger) {
  const warn = (message: string) => log.warn(`OpenTelemetry: ${message}`);
  const nothing = () => {};
  return { error: warn, warn, info: nothing, debug: nothing, verbose: nothing };
}
