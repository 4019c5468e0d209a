import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { K8S, ROOT } from './rendered.ts';

export interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description: string; readonly runbook_url: string };
}

export const PROMETHEUS_RULE: { spec: { groups: readonly { name: string; rules: readonly Alert[] }[] } } = parse(
  readFileSync(join(K8S, 'components/monitoring/prometheus-rule.yaml'), 'utf8'),
);

export const ALERTS: readonly Alert[] = PROMETHEUS_RULE.spec.groups.flatMap(({ rules }) => rules);

export interface AdapterRule {
  readonly seriesQuery: string;
  readonly metricsQuery: string;
  readonly name: { readonly as: string };
}

export const ADAPTER_RULES: readonly AdapterRule[] = parse(
  readFileSync(join(K8S, 'components/custom-metrics/adapter-rules.yaml'), 'utf8'),
).rules;

/** The queries of the panels and variables of a dashboard in deploy/grafana. */
export function dashboardQueries(file: string): string[] {
  const { panels, templating } = JSON.parse(readFileSync(join(ROOT, 'deploy/grafana', file), 'utf8'));
  const targets = panels.flatMap(({ targets }: { targets: { expr: string }[] }) => targets.map(({ expr }) => expr));
  return [...targets, ...templating.list.map(({ definition }: { definition: string }) => definition)];
}

/** All Prometheus queries of alerts, dashboards and autoscalers. */
export function allQueries(): string[] {
  return [
    ...ALERTS.map(({ expr }) => expr),
    ...dashboardQueries('dashboard.json'),
    ...dashboardQueries('operator-dashboard.json'),
    ...ADAPTER_RULES.map(({ seriesQuery }) => seriesQuery),
  ];
}

/** The metrics in a query; for a histogram, without the suffix. */
export function metricsIn(query: string): string[] {
  const names = query.match(/\b(?:bitql|process|nodejs)_\w+/g) ?? [];
  return [...new Set(names.map((name) => name.replace(/_bucket$/, '')))];
}

/** The labels that a query selects or groups by. */
export function labelsIn(query: string): string[] {
  const matchers = query.matchAll(/(\w+)(?:=~|!~|!=|=)"/g);
  const groups = query.matchAll(/\b(?:by|on|without) \(([^)]*)\)/g);
  const grouped = [...groups].flatMap(([, names]) => names!.split(',').map((name) => name.trim()));
  return [...new Set([...[...matchers].map(([, name]) => name!), ...grouped])];
}
