import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Sandbox } from '../dev/sandbox.ts';
import { craftedChain, type Landmarks } from './prices/crafted-chain.ts';
import { indexOf } from './prices/crafted-index.ts';
import { Gateway } from './prices/gateway.ts';
import { Livez } from './prices/livez.ts';
import { type Measurement, Meter } from './prices/measure.ts';
import { figuresOf, printFigures } from './prices/report.ts';
import type { Shape } from './prices/shape.ts';
import { bytes } from './prices/shapes/bytes.ts';
import { data } from './prices/shapes/data.ts';
import { refusedTexts, requests, schemaQuestions, variables } from './prices/shapes/documents.ts';
import { explanations } from './prices/shapes/explanations.ts';
import { filters, vainFilters } from './prices/shapes/filters.ts';
import { lists, longLists } from './prices/shapes/lists.ts';
import { many } from './prices/shapes/many.ts';
import { mempool } from './prices/shapes/mempool.ts';
import { past } from './prices/shapes/past.ts';
import { streams } from './prices/shapes/streams.ts';
import { large, nested } from './prices/shapes/transactions.ts';

export const OPTIONS = {
  /** A regular expression that the names of shapes match. */
  only: { type: 'string', default: '' },
  /** Processor seconds for each shape. */
  seconds: { type: 'string', default: '0.5' },
  /** The most requests for each shape. */
  requests: { type: 'string', default: '5000' },
  /** The folder that chains are kept in; by default that of BITQL_BENCH_CACHE, or a temporary one. */
  cache: { type: 'string' },
  /** The size of the chain and of its crafted parts. */
  scale: { type: 'string', default: '1' },
  /** A folder for a CPU profile of the gateway. */
  profile: { type: 'string' },
} as const;

/**
 * Measures the processor time of a gateway for each 1,000 points that it charges, in milliseconds, by the shape of the request;
 * and how late `/livez` answers meanwhile.
 */
export async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: OPTIONS });
  await using stack = new AsyncDisposableStack();
  const sandbox = stack.use(new Sandbox('bench-prices'));
  const chain = craftedChain(Number(values.scale), values.cache ?? null);
  const { location, cursor } = await indexOf(chain, sandbox);
  const profiling = values.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${resolve(values.profile)}`];
  const gateway = await Gateway.start(sandbox, location, profiling);
  const livez = stack.use(new Livez());
  const effort = { seconds: Number(values.seconds), maxRequests: Number(values.requests) };
  const meter = stack.use(new Meter(gateway, livez, effort));
  const idle = await meter.idle();
  const measurements: Measurement[] = [];
  const pattern = new RegExp(values.only, 'i');
  for (const shape of shapesFor(chain.landmarks, cursor).filter(({ name }) => pattern.test(name))) {
    const measurement = await meter.measure(shape);
    measurements.push(measurement);
    const { processorMs, points, requests } = measurement;
    console.error(`${shape.name}: ${Math.round(processorMs)} ms for ${points} points, by ${requests} requests`);
  }
  await gateway.stop();
  const figures = figuresOf(measurements, idle);
  printFigures(figures);
  console.log(JSON.stringify({ bench: 'prices', results: figures }));
}

function shapesFor(landmarks: Landmarks, cursor: string): Shape[] {
  const onChain = [
    lists,
    longLists,
    many,
    past,
    mempool,
    nested,
    large,
    data,
    bytes,
    filters,
    vainFilters,
    explanations,
  ];
  return [
    ...onChain.flatMap((shapes) => shapes(landmarks)),
    ...[schemaQuestions, refusedTexts, variables, requests].flatMap((shapes) => shapes()),
    ...streams(landmarks, cursor),
  ];
}
