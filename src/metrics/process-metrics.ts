import { collectDefaultMetrics, Gauge, type Registry } from 'prom-client';
import { packageVersion } from '../package-root.ts';
import type { MetricText } from './metric-text.ts';

/** What every process tells, beside the metrics of Node itself. */
export const PROCESS_METRICS = {
  bitql_info: {
    type: 'gauge',
    labels: ['version'],
    help: 'Always 1; its label has the running version. process_start_time_seconds has the start time.',
  },
} as const satisfies Record<string, MetricText>;

export function registerProcessMetrics(registry: Registry): void {
  collectDefaultMetrics({ register: registry });
  const { help, labels } = PROCESS_METRICS.bitql_info;
  const info = new Gauge({ name: 'bitql_info', help, labelNames: labels, registers: [registry] });
  info.set({ version: packageVersion() }, 1);
}
