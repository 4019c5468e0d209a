import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { Sandbox } from '../../../dev/sandbox.ts';
import { INDEXER_METRICS } from '../../../indexer/metrics.ts';
import { REQUESTS_METRIC, SUBSCRIPTIONS_METRIC } from '../../../k8s/operator/index/gateway.ts';
import { OPERATOR_METRICS } from '../../../k8s/operator/metrics.ts';
import { RESOURCE_METRICS } from '../../../k8s/operator/resource-metrics.ts';
import { ERROR_CODES, type ErrorCode } from '../../../src/errors.ts';
import { HTTP_STATUS, PROTOCOL_ERRORS } from '../../../src/gateway/graphql/http-status.ts';
import { GATEWAY_METRICS } from '../../../src/gateway/observe/metrics.ts';
import type { MetricText } from '../../../src/metrics/collector.ts';
import { run } from '../../cli/support.ts';
import { describeWith } from '../../services/suite.ts';
import {
  ADAPTER_RULES,
  ALERTS,
  allQueries,
  dashboardQueries,
  labelsIn,
  metricsIn,
  PROMETHEUS_RULE,
} from './queries.ts';
import { ROOT } from './rendered.ts';

const METRICS: Readonly<Record<string, MetricText>> = {
  ...GATEWAY_METRICS,
  ...INDEXER_METRICS,
  ...OPERATOR_METRICS,
  ...RESOURCE_METRICS,
};
/** The labels that Prometheus adds to each sample because of the ServiceMonitors, and to those of histograms. */
const TARGET_LABELS = ['namespace', 'pod', 'job', 'instance', 'app_kubernetes_io_instance', 'le'];
const RUNBOOKS = 'https://github.com/bitql/bitql/blob/main/docs/runbooks.md#';

interface RuleTest {
  readonly alertname: string;
  readonly exp_alerts?: readonly object[];
}

const RULE_TESTS: readonly RuleTest[] = parse(
  readFileSync(join(import.meta.dirname, 'alerts.yaml'), 'utf8'),
).tests.flatMap(({ alert_rule_test }: { alert_rule_test: RuleTest[] }) => alert_rule_test);

describeWith('kubectl')('the alerts', ({ kubectlTools: tools }) => {
  it('fire when they should, with the right text, and are silent before', async () => {
    await using sandbox = new Sandbox('alerts');
    writeFileSync(join(sandbox.folder, 'rules.yaml'), stringify(PROMETHEUS_RULE.spec));
    copyFileSync(join(import.meta.dirname, 'alerts.yaml'), join(sandbox.folder, 'alerts.yaml'));
    const promtool = (...args: string[]) => run(join(tools, 'promtool'), args, { cwd: sandbox.folder });
    const checked = await promtool('check', 'rules', '--lint-fatal', 'rules.yaml');
    expect([checked.code, checked.stderr]).toEqual([0, '']);
    expect(checked.stdout).toContain(`${ALERTS.length} rules found`);
    const tested = await promtool('test', 'rules', 'alerts.yaml');
    expect([tested.code, tested.stdout]).toEqual([0, expect.stringContaining('SUCCESS')]);
  });

  it('and dashboards have queries that Prometheus can read', async () => {
    const queries = dashboardQueries('operator-dashboard.json').filter((query) => !query.startsWith('label_values('));
    for (const query of [...queries, ...ADAPTER_RULES.map(({ seriesQuery }) => seriesQuery)]) {
      const read = await run(join(tools, 'promtool'), ['promql', '--experimental', 'format', query]);
      expect([read.code, read.stderr], query).toEqual([0, '']);
    }
  });
});

describe('the alerts', () => {
  it.each(ALERTS.map((alert) => [alert.alert, alert] as const))(
    '%s: a test has it fire, and a runbook explains it',
    (name, alert) => {
      expect(RULE_TESTS.some(({ alertname, exp_alerts = [] }) => alertname === name && exp_alerts.length > 0)).toBe(
        true,
      );
      expect(alert.annotations.runbook_url).toBe(RUNBOOKS + name.toLowerCase());
      expect(['critical', 'warning', 'info']).toContain(alert.labels.severity);
      const page = readFileSync(join(ROOT, 'docs/runbooks.md'), 'utf8');
      const section = page.split(/^#+ /m).find((text) => text.startsWith(`${name}\n`));
      expect(section?.length).toBeGreaterThan(name.length + 100);
    },
  );

  it('are the only ones that the runbooks explain', () => {
    const page = readFileSync(join(ROOT, 'docs/runbooks.md'), 'utf8');
    const headings = [...page.matchAll(/^### (.+)$/gm)].map(([, heading]) => heading);
    expect(headings).toEqual(ALERTS.map(({ alert }) => alert));
  });

  it('count failures that are not mistakes of callers', () => {
    const { expr } = ALERTS.find(({ alert }) => alert === 'BitqlGatewayErrors')!;
    const counted = new RegExp(`^(?:${/outcome=~"([^"]+)"/.exec(expr)![1]})$`);
    const statuses = new Map<string, number>(
      Object.keys(ERROR_CODES).map((code) => [code, HTTP_STATUS[code as ErrorCode]]),
    );
    for (const [code, { status }] of Object.entries(PROTOCOL_ERRORS)) statuses.set(code, status);
    // A gateway has no setting to refuse while it answers, no lease, no blocks of a node, and no cluster.
    const isOfGateways = (code: string) => !/^(BAD_SETTING|LEASE_LOST|BLOCK_DAMAGED|CLUSTER_.+)$/.test(code);
    const codes = [...statuses.keys()].filter(isOfGateways);
    expect(codes.filter((code) => counted.test(code))).toEqual(codes.filter((code) => statuses.get(code)! >= 500));
  });
});

describe('queries of alerts, dashboards and autoscalers', () => {
  it.each(allQueries())('%s uses metrics and labels that exist', (query) => {
    const metrics = metricsIn(query);
    expect(metrics).not.toEqual([]);
    const ours = metrics.filter((name) => name.startsWith('bitql_'));
    expect(ours.filter((name) => METRICS[name] === undefined)).toEqual([]);
    const labels = [...TARGET_LABELS, ...ours.flatMap((name) => METRICS[name]?.labels ?? [])];
    expect(labelsIn(query).filter((label) => !labels.includes(label))).toEqual([]);
  });

  it('show every metric of the operator', () => {
    const shown = new Set(dashboardQueries('operator-dashboard.json').flatMap(metricsIn));
    expect([...shown].sort()).toEqual(Object.keys({ ...OPERATOR_METRICS, ...RESOURCE_METRICS }).sort());
  });

  it('give autoscalers the metrics that they use', () => {
    expect(ADAPTER_RULES.map(({ name }) => name.as).sort()).toEqual([REQUESTS_METRIC, SUBSCRIPTIONS_METRIC].sort());
    for (const { metricsQuery } of ADAPTER_RULES) expect(metricsQuery).toContain('<<.Series>>{<<.LabelMatchers>>}');
  });
});
