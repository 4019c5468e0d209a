import { context, propagation } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { packageVersion } from '../src/package-root.ts';
import type { Environment } from '../src/settings/read.ts';

/** Uses the SDK of OpenTelemetry, which need not be installed, so this file is loaded only if traces are sent. */
export function createProvider(env: Environment, timeoutMs: number): TracerProvider {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  const own = resourceFromAttributes({ 'service.name': 'bitql', 'service.version': packageVersion() });
  const exporter = new OTLPTraceExporter({ timeoutMillis: timeoutIn(env) ?? timeoutMs });
  return new TracerProvider({
    resource: defaultResource()
      .merge(own)
      .merge(detectResources({ detectors: [envDetector] })),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratioIn(env)) }),
    spanProcessors: [new BatchSpanProcessor({ exporter })],
  });
}

/** The sampling ratio of traces that begin here. For other traces, the caller has decided. */
function ratioIn({ OTEL_TRACES_SAMPLER_ARG: text }: Environment): number {
  const ratio = Number(text ?? 1);
  return ratio >= 0 && ratio <= 1 ? ratio : 1;
}

function timeoutIn({ OTEL_EXPORTER_OTLP_TIMEOUT: text }: Environment): number | undefined {
  const ms = Number(text);
  return ms > 0 ? ms : undefined;
}
