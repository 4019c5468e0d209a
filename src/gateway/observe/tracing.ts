import { context, propagation, type Span, SpanKind, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { acceptsEventsAlone } from '../requests/accepted-media.ts';

export const OPERATION_SPAN = 'graphql operation';
/** As long as names of clients may be in a span. */
const MAX_NAME = 100;

/** Does something within a span of its own; without a tracer, it just does it. */
export function inSpan<T>(tracer: Tracer | null, name: string, work: () => Promise<T>): Promise<T> {
  if (tracer === null) return work();
  return tracer.startActiveSpan(name, async (span) => {
    try {
      return await work();
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      span.end();
    }
  });
}

/** Says in the span of an operation which it was and how it ended; never what it asks for. */
export function describeOperation(type: string | undefined, name: string | null, outcome: string): void {
  const span = trace.getActiveSpan();
  if (span === undefined || !span.isRecording()) return;
  span.setAttribute('bitql.outcome', outcome);
  if (type !== undefined) span.setAttribute('graphql.operation.type', type);
  if (name !== null) span.setAttribute('graphql.operation.name', name.slice(0, MAX_NAME));
  if (outcome !== 'OK') span.setStatus({ code: SpanStatusCode.ERROR });
}

/**
 * Makes a span of each request to a path, below that of whoever sent it. One for events alone has none, since it may last for
 * days: only its opening is an operation.
 */
export function traceRequests(fastify: FastifyInstance, tracer: Tracer, path: string): void {
  const spans = new WeakMap<FastifyRequest, Span>();
  fastify.addHook('preHandler', (request, _reply, done) => {
    if (request.routeOptions.url !== path) return done();
    const parent = propagation.extract(context.active(), request.headers);
    if (acceptsEventsAlone(request.headers.accept)) return context.with(parent, done);
    const attributes = { 'http.request.method': request.method, 'http.route': path, 'bitql.request_id': request.id };
    const span = tracer.startSpan(`${request.method} ${path}`, { kind: SpanKind.SERVER, attributes }, parent);
    spans.set(request, span);
    context.with(trace.setSpan(parent, span), done);
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const span = spans.get(request);
    if (span?.isRecording() !== true) return done();
    span.setAttribute('http.response.status_code', reply.statusCode);
    if (reply.statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end();
    done();
  });
}

/** Ends the span of a request that turned out to be answered by events: they may last for days. */
export function endRequestSpan(): void {
  trace.getActiveSpan()?.end();
}

/** A span of a call, below that of an operation; null where none is under way: what is done for all belongs to nobody. */
export function startCall(
  tracer: Tracer | null,
  name: string,
  attributes: Record<string, string | number>,
): Span | null {
  if (tracer === null || trace.getActiveSpan()?.isRecording() !== true) return null;
  return tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes });
}

export function endCall(span: Span | null, isAnswered: boolean): void {
  if (!isAnswered) span?.setStatus({ code: SpanStatusCode.ERROR });
  span?.end();
}
