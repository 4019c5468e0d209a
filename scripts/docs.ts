import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { INDEXER_METRICS } from '../indexer/metrics.ts';
import { OPERATOR_METRICS } from '../k8s/operator/metrics.ts';
import { RESOURCE_METRICS } from '../k8s/operator/resource-metrics.ts';
import { ERROR_CODES, type ErrorCode } from '../src/errors.ts';
import { HTTP_STATUS, PROTOCOL_ERRORS } from '../src/gateway/graphql/http-status.ts';
import { GATEWAY_METRICS } from '../src/gateway/observe/metrics.ts';
import { type MetricText, PROCESS_METRICS } from '../src/metrics/collector.ts';
import { NODE_CALLS, type NodeCall, whitelistLine } from '../src/rpc/node-calls.ts';
import { environmentName, flagName } from '../src/settings/option.ts';
import { SETTINGS } from '../src/settings/settings.ts';

/** Writes the tables and examples of the documents that come from the code: `npm run docs`. */

/** The tables by their names in the markers, and the page of each. */
const TABLES: readonly { readonly name: string; readonly page: string; readonly table: () => string }[] = [
  { name: 'settings', page: 'docs/settings.md', table: settingsTable },
  { name: 'errors', page: 'docs/errors.md', table: errorsTable },
  { name: 'metrics', page: 'docs/metrics.md', table: metricsTable },
  { name: 'calls', page: 'docs/running.md', table: callsTable },
];
const ROOT = new URL('../', import.meta.url);
const EXAMPLE = /(<!-- ([\w-]+(?:\.\w+)*\.(?:mjs|ts)) -->)\n[\s\S]*?\n?(<!-- \/\2 -->)/g;

function settingsTable(): string {
  const rows = Object.entries(SETTINGS).map(([name, { fallbackText, description }]) => {
    const fallback = fallbackText === null ? '' : `\`${fallbackText}\``;
    return `| \`${flagName(name)}\` | \`${environmentName(name)}\` | ${fallback} | ${description} |`;
  });
  return ['| flag | environment | default | meaning |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

function errorsTable(): string {
  const rows = Object.entries(ERROR_CODES).map(
    ([code, { retryable, meaning }]) =>
      `| \`${code}\` | ${HTTP_STATUS[code as ErrorCode]} | ${retryable ? 'yes' : 'no'} | ${meaning} |`,
  );
  const others = Object.entries(PROTOCOL_ERRORS).map(
    ([code, { status, meaning }]) => `| \`${code}\` | ${status} | no | ${meaning} |`,
  );
  return ['| code | HTTP | retry | meaning |', '| --- | --- | --- | --- |', ...rows, ...others].join('\n');
}

function callsTable(): string {
  const calls: readonly [string, NodeCall][] = Object.entries(NODE_CALLS);
  const rows = calls.map(([method, { usedFor, without }]) => {
    return `| \`${method}\` | ${usedFor} | ${without === null ? 'needed' : without} |`;
  });
  const table = ['| call | for | without it |', '| --- | --- | --- |', ...rows];
  return [...table, '', `    ${whitelistLine('USER')}`].join('\n');
}

function metricsTable(): string {
  const tables = {
    ...GATEWAY_METRICS,
    ...INDEXER_METRICS,
    ...OPERATOR_METRICS,
    ...RESOURCE_METRICS,
    ...PROCESS_METRICS,
  };
  const metrics: readonly [string, MetricText][] = Object.entries(tables);
  const rows = metrics.map(([name, { type, help, labels = [] }]) => {
    return `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${help} |`;
  });
  return ['| metric | type | labels | meaning |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

function example(file: string): string {
  const text = readFileSync(new URL(`../docs/examples/${file}`, import.meta.url), 'utf8');
  return `\`\`\`${file.endsWith('.ts') ? 'ts' : 'js'}\n${text}\`\`\``;
}

/** The text with each example of docs/examples put between the markers of its name. */
function withExamples(text: string): string {
  return text.replace(EXAMPLE, (_, start: string, file: string, end: string) => `${start}\n${example(file)}\n${end}`);
}

/** The text of a page with its tables as the code has them now. */
function withTables(page: string, text: string): string {
  return TABLES.filter((entry) => entry.page === page).reduce((current, { name, table }) => {
    const marked = new RegExp(`(<!-- ${name} -->)\n[^]*?\n?(<!-- /${name} -->)`);
    if (!marked.test(current)) throw new Error(`${page} has no place for the table of ${name}.`);
    return current.replace(marked, (_, start: string, end: string) => `${start}\n${table()}\n${end}`);
  }, text);
}

/** Each page as it is, and as it should be. */
export function pages(): { readonly file: URL; readonly text: string; readonly current: string }[] {
  return ['README.md', ...globSync('docs/*.md', { cwd: ROOT }).sort()].map((name) => {
    const file = new URL(name, ROOT);
    const text = readFileSync(file, 'utf8');
    return { file, text, current: withExamples(withTables(name, text)) };
  });
}

if (import.meta.main) for (const { file, current } of pages()) writeFileSync(file, current);
