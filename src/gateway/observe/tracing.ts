import { context, propagation, type Span, SpanKind, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { acceptsEventsAlone } from '../requests/accepted-media.ts';

export const OPERATION_SPAN = 'graphql operation';
/** The most characters of a client's name in a span. */
const MAX_NAME = 100;

/** Does work within a span of its own; without a tracer, just does it. */
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

/** Adds to the span of an operation which kind it was and how it ended, but never its text. */
export function describeOperation(type: string | undefined, name: string | null, outcome: string): void {
  const span = trace.getActiveSpan();
  if (span === undefined || !span.isRecording()) return;
  span.setAttribute('bitql.outcome', outcome);
  if (type !== undefined) span.setAttribute('graphql.operation.type', type);
  if (name !== null) span.setAttribute('graphql.operation.name', name.slice(0, MAX_NAME));
  if (outcome !== 'OK') span.setStatus({ code: SpanStatusCode.ERROR });
}

/**
 * Makes a span of each request to some routes, below that of its sender. A request that accepts only events has none, since it may
 * last for days: only its opening is an operation.
 */
export function traceRequests(fastify: FastifyInstance, tracer: Tracer, routes: readonly string[]): void {
  const spans = new WeakMap<FastifyRequest, Span>();
  fastify.addHook('preHandler', (request, _reply, done) => {
    const { url: path = '' } = request.routeOptions;
    if (!routes.includes(path)) return done();
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

/**
 * A span of a call, below that of its operation; null outside of any operation, since work that is done for all belongs to
 * none.
 */
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
