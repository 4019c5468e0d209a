import type { AuditedRequest } from './audit.ts';

/** The goals for 500 nodes and 500 indexes. */
const TARGETS = { requests_per_second: 10, operator_mib: 300, silent_lag_s: 3 };

export interface Measured {
  readonly nodes: number;
  readonly seconds: number;
  /** While nothing happened. */
  readonly requests: readonly AuditedRequest[];
  /** Processor time, in milliseconds, in the same interval. */
  readonly processorMs: { readonly operator: number; readonly apiServer: number };
  /** The most that each held in memory, in MiB. */
  readonly memoryMiB: { readonly operator: number; readonly apiServer: number };
  /** Seconds from the start of the operator until all nodes and indexes were ready. */
  readonly startSeconds: number;
  /** The writes after a new block of one node. */
  readonly block: readonly AuditedRequest[];
  /** Seconds until a status has a new block, while other nodes accept connections and never answer. */
  readonly lags: readonly number[];
  readonly silent: number;
}

export function figuresOf(measured: Measured) {
  const { nodes, seconds, requests, processorMs, memoryMiB, startSeconds, block, lags, silent } = measured;
  const perSecond = (count: number) => Number((count / seconds).toFixed(2));
  const kinds = Map.groupBy(requests, ({ verb, resource }) => `${verb} ${resource}`);
  const byKind = [...kinds].map(([kind, of]) => [kind, perSecond(of.length)] as const).sort((a, b) => b[1] - a[1]);
  const blocks = [...Map.groupBy(block, ({ verb, resource }) => `${verb} ${resource}`)];
  const total = perSecond(requests.length);
  const cores = (ms: number) => Number((ms / 1_000 / seconds).toFixed(3));
  const sorted = [...lags].sort((a, b) => a - b);
  const lag = { median_s: sorted[Math.floor(sorted.length / 2)] ?? null, most_s: sorted.at(-1) ?? null };
  return {
    ...{ nodes, indexes: nodes, seconds, requests_per_second: total, by_kind: Object.fromEntries(byKind) },
    operator: { cores: cores(processorMs.operator), mib: memoryMiB.operator, start_s: startSeconds },
    api_server: { cores: cores(processorMs.apiServer), mib: memoryMiB.apiServer },
    block: Object.fromEntries(blocks.map(([kind, of]) => [kind, of.length])),
    silent: { nodes: silent, ...lag },
    met: {
      requests: total < TARGETS.requests_per_second,
      memory: memoryMiB.operator < TARGETS.operator_mib,
      silent: lag.most_s === null ? null : lag.most_s < TARGETS.silent_lag_s,
    },
  };
}

export function printFigures(figures: ReturnType<typeof figuresOf>): void {
  const { by_kind, operator, api_server, silent, block } = figures;
  console.log(`\n${figures.nodes} nodes and ${figures.indexes} indexes at rest, for ${figures.seconds} s\n`);
  console.log('| requests of the operator, without leases | each second |\n| --- | --- |');
  for (const [kind, rate] of Object.entries(by_kind)) console.log(`| ${kind} | ${rate} |`);
  console.log(`| all | ${figures.requests_per_second} |\n`);
  console.log('| | processors | most memory, MiB |\n| --- | --- | --- |');
  console.log(`| operator | ${operator.cores} | ${operator.mib} |`);
  console.log(`| API server | ${api_server.cores} | ${api_server.mib} |\n`);
  console.log(`All was ready ${operator.start_s} s after the operator began.`);
  const written = Object.entries(block).map(([kind, count]) => `${count} x ${kind}`);
  console.log(`Written as one node had a new block: ${written.join(', ') || 'nothing'}.`);
  console.log(
    `Beside ${silent.nodes} silent nodes, status is late by ${silent.median_s} s, at most ${silent.most_s} s.`,
  );
}
