import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { SandboxProcess } from '../dev/sandbox.ts';
import { until } from '../dev/until.ts';
import { applyCrds } from '../test/k8s/support/crds.ts';
import { Kubectl } from '../test/k8s/support/kubectl.ts';
import { startKubernetes } from '../test/services/kubernetes.ts';
import { locateServices, SERVICES } from '../test/services/locate.ts';
import { type AuditedRequest, AuditLog } from './operator/audit.ts';
import { BenchCluster } from './operator/cluster.ts';
import { Nodes, SilentNodes, serveGateways } from './operator/nodes.ts';
import { figuresOf, printFigures } from './operator/report.ts';
import { processorMsOf } from './processes.ts';

export const OPTIONS = {
  /** How many nodes, and as many indexes. */
  nodes: { type: 'string', default: '250' },
  /** How long it is observed while nothing happens. */
  seconds: { type: 'string', default: '120' },
  /** Nodes that accept connections and never answer, which are added at the end. */
  silent: { type: 'string', default: '12' },
  /** The number of blocks whose time until they are in a status is measured meanwhile. */
  blocks: { type: 'string', default: '10' },
} as const;

const START_MS = 30 * 60_000;
/** The last changes take effect within this time. */
const SETTLE_MS = 30_000;
/** A status is written some seconds after the previous one. */
const BETWEEN_BLOCKS_MS = 7_000;
const LAG_MS = 120_000;

/**
 * The operator's requests to a real API server at rest, by its audit log, with nodes and gateways that only answer as
 * real ones would; the effects of a new block; and the delay of a status beside nodes that never answer.
 */
export async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: OPTIONS });
  const [count, seconds, silent, blocks] = [values.nodes, values.seconds, values.silent, values.blocks].map(Number);
  const { kubernetesAssets, kubectlTools } = await locateServices();
  if (kubernetesAssets === undefined || kubectlTools === undefined) {
    throw new Error(`It needs a Kubernetes: ${SERVICES.kubernetes.install} kubectl`);
  }
  await using stack = new AsyncDisposableStack();
  const api = stack.use(await startKubernetes(kubernetesAssets, { controllerManager: false, audit: true }));
  await applyCrds(new Kubectl(kubectlTools, api.kubeconfigPath));
  const nodes = stack.use(await Nodes.start());
  const silentNodes = stack.use(await SilentNodes.start());
  stack.use(await serveGateways(nodes));
  const cluster = stack.use(new BenchCluster(api));
  await cluster.fill(Array.from({ length: count! }, (_, n) => nodes.url(n)));
  const audit = new AuditLog(api.auditLogPath);
  const operator = cluster.startOperator();
  const startSeconds = await allReady(cluster, operator, count!);
  await sleep(SETTLE_MS);
  audit.next();
  const before = [operator, api.serverProcess].map(processorMsOf);
  await sleep(seconds! * 1_000);
  const after = [operator, api.serverProcess].map(processorMsOf);
  const requests = audit.next();
  const memoryMiB = { operator: mostMiB(operator), apiServer: mostMiB(api.serverProcess) };
  const block = await blockOf(nodes, cluster, audit);
  for (let n = 0; n < silent!; n++) await cluster.addNode(`silent-${n}`, silentNodes.url(n));
  const lags = silent === 0 ? [] : await lagsOf(nodes, cluster, blocks!);
  const processorMs = { operator: after[0]! - before[0]!, apiServer: after[1]! - before[1]! };
  const measured = { nodes: count!, seconds: seconds!, requests, processorMs, memoryMiB };
  const figures = figuresOf({ ...measured, startSeconds, block, lags, silent: silent! });
  printFigures(figures);
  console.log(JSON.stringify({ bench: 'operator', results: figures }));
}

async function allReady(cluster: BenchCluster, operator: SandboxProcess, count: number): Promise<number> {
  const begun = performance.now();
  const isReady = async () => {
    if (operator.result !== undefined) throw new Error(`The operator ended:\n${operator.output()}`);
    await cluster.runPods();
    const { nodes, indexes } = await cluster.ready();
    console.error(`${nodes} nodes and ${indexes} indexes of ${count} are ready`);
    return nodes === count && indexes === count;
  };
  await until('all to be ready', isReady, { timeoutMs: START_MS, intervalMs: 10_000 });
  return Math.round((performance.now() - begun) / 1_000);
}

/** The writes that a block causes. */
async function blockOf(nodes: Nodes, cluster: BenchCluster, audit: AuditLog): Promise<AuditedRequest[]> {
  audit.next();
  await untilTold(cluster, nodes.mine(0));
  await sleep(BETWEEN_BLOCKS_MS);
  return audit.next().filter(({ isWrite }) => isWrite);
}

async function lagsOf(nodes: Nodes, cluster: BenchCluster, blocks: number): Promise<number[]> {
  const lags: number[] = [];
  for (let n = 0; n < blocks; n++) {
    await sleep(BETWEEN_BLOCKS_MS);
    const begun = performance.now();
    await untilTold(cluster, nodes.mine(0));
    lags.push(Number(((performance.now() - begun) / 1_000).toFixed(2)));
  }
  return lags;
}

async function untilTold(cluster: BenchCluster, hash: string): Promise<void> {
  const isTold = async () => (await cluster.node('node-0')).status?.chain?.bestBlockHash === hash;
  await until('the status to tell of a block', isTold, { timeoutMs: LAG_MS, intervalMs: 50 });
}

/** The most that a process has had in memory so far. */
function mostMiB({ pid }: SandboxProcess): number {
  const [, kib] = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))!;
  return Math.round(Number(kib) / 1_024);
}
