import { createHash } from 'node:crypto';
import type { V1Container, V1PodSpec, V1ResourceRequirements } from '@kubernetes/client-node';
import type { BitcoinNodeSpec } from '../../api/bitcoin-node.ts';
import type { BitcoinNode } from '../../api/kinds.ts';
import { NODE_IMAGES } from '../images.ts';
import { childOf } from '../runtime/child.ts';
import { STATEFUL_SET } from '../runtime/kinds.ts';
import { RESTRICTED_CONTAINER, RESTRICTED_POD } from '../runtime/pod-security.ts';
import type { KubernetesObject } from '../runtime/resource.ts';
import { DIALECTS } from './dialects.ts';
import type { NodeImages, NodeInputs } from './inputs.ts';
import { nodeChild, nodeLabels, nodeNames, nodeSelector, p2pPort, rpcPort, ZMQ_PORT } from './names.ts';

const CONFIG_FOLDER = '/etc/bitcoin';
const CONFIG_FILE = 'bitcoin.conf';
const DATA_FOLDER = '/data';
const FILES = [`-conf=${CONFIG_FOLDER}/${CONFIG_FILE}`, `-datadir=${DATA_FOLDER}`];
/** Explicit, because server-side apply identifies ports by port and protocol. */
const protocol = 'TCP';
/** Memory for signatures, headers, connections and code, in addition to the two caches of known size. */
const HEADROOM_MIB = 700;

/** The StatefulSet that runs bitcoind. @param conf its bitcoin.conf; a change of it restarts the Pod */
export function nodeStatefulSet(
  node: BitcoinNode,
  { volumeSize, image }: NodeInputs,
  conf: string,
  images: NodeImages,
): KubernetesObject {
  const { name } = node.metadata;
  const { spec } = node;
  const { storage } = spec;
  const statefulSet = {
    replicas: spec.desiredState === 'Running' ? 1 : 0,
    serviceName: nodeNames(name).node,
    selector: { matchLabels: nodeSelector(name) },
    // A Pod that cannot start is replaced when the spec is corrected, without waiting for it.
    podManagementPolicy: 'Parallel',
    updateStrategy: { type: 'RollingUpdate' },
    // Retaining is what every cluster does, including those that are too old for this field.
    ...(storage.retention === 'Delete' && {
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete', whenScaled: 'Retain' },
    }),
    template: {
      metadata: { labels: nodeLabels(name), annotations: { 'bitql.dev/config': checksumOf(conf) } },
      spec: podSpec(node, image ?? images[spec.implementation] ?? NODE_IMAGES[spec.implementation]),
    },
    volumeClaimTemplates: [
      {
        // The API server adds these two, and a template may not change.
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { name: 'data' },
        spec: {
          accessModes: [storage.accessMode],
          // The template can never change: `growClaim` changes the claim itself.
          resources: { requests: { storage: volumeSize ?? storage.size } },
          ...(storage.storageClassName !== undefined && { storageClassName: storage.storageClassName }),
        },
      },
    ],
  };
  return childOf(node, nodeChild(node, STATEFUL_SET, 'node'), { spec: statefulSet });
}

/** @param image the image if the spec has none */
function podSpec(node: BitcoinNode, image: string): V1PodSpec {
  const { spec, metadata } = node;
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: spec.terminationGracePeriodSeconds,
    securityContext: RESTRICTED_POD,
    containers: [bitcoind(spec, image)],
    volumes: [
      { name: 'config', secret: { secretName: nodeNames(metadata.name).config } },
      { name: 'tmp', emptyDir: { sizeLimit: '64Mi' } },
    ],
    ...(spec.imagePullSecrets && { imagePullSecrets: spec.imagePullSecrets.map(({ name }) => ({ name })) }),
    ...spec.scheduling,
  };
}

/**
 * The daemon is the first process, without a shell, so that it gets the stop signal. No startup or liveness probe kills it: a
 * node that is slow or waits for a block works as it should, and a killed one has to repeat hours of work.
 */
function bitcoind(spec: BitcoinNodeSpec, image: string): V1Container {
  return {
    name: 'bitcoind',
    image: spec.image ?? image,
    imagePullPolicy: spec.imagePullPolicy,
    command: ['bitcoind', ...FILES],
    args: listening(spec),
    env: [{ name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }],
    ports: [
      { name: 'rpc', containerPort: rpcPort(spec), protocol },
      ...(spec.p2p.listen ? [{ name: 'p2p', containerPort: p2pPort(spec), protocol }] : []),
      ...(spec.zmq.topics.length > 0 ? [{ name: 'zmq', containerPort: ZMQ_PORT, protocol }] : []),
    ],
    // It logs in by the cookie file. `uptime` takes no lock, and is refused while the node warms up.
    readinessProbe: {
      exec: { command: ['bitcoin-cli', ...FILES, '-rpcclienttimeout=5', 'uptime'] },
      periodSeconds: 10,
      timeoutSeconds: 10,
      failureThreshold: 3,
    },
    resources: resourcesOf(spec),
    securityContext: RESTRICTED_CONTAINER,
    volumeMounts: [
      { name: 'data', mountPath: DATA_FOLDER },
      { name: 'config', mountPath: CONFIG_FOLDER, readOnly: true },
      { name: 'tmp', mountPath: '/tmp' },
    ],
  };
}

/**
 * Addresses are flags, not in the file: the wildcard is 0.0.0.0 in one cluster and :: in another, and the Pod's own address is
 * right in both.
 */
function listening({ implementation, p2p, zmq }: BitcoinNodeSpec): string[] {
  const { topics, hasHighWaterMarks } = DIALECTS[implementation];
  return [
    '-rpcbind=127.0.0.1',
    '-rpcbind=$(POD_IP)',
    ...(p2p.listen ? ['-bind=$(POD_IP)'] : []),
    ...zmq.topics
      .flatMap((topic) => topics[topic])
      .flatMap((topic) => [
        `-zmqpub${topic}=tcp://$(POD_IP):${ZMQ_PORT}`,
        ...(hasHighWaterMarks ? [`-zmqpub${topic}hwm=${zmq.highWaterMark}`] : []),
      ]),
  ];
}

/**
 * The resources that the spec asks for; by default, memory for its caches. There is no default limit: the kernel would kill the
 * node.
 */
function resourcesOf({ resources, dbCacheMiB, maxMempoolMiB }: BitcoinNodeSpec): V1ResourceRequirements {
  const { requests, limits } = resources ?? {};
  const memory = `${dbCacheMiB + maxMempoolMiB + HEADROOM_MIB}Mi`;
  return {
    requests: amounts({ cpu: limits?.cpu ?? '500m', memory: limits?.memory ?? memory, ...requests }),
    ...(limits !== undefined && { limits: amounts(limits) }),
  };
}

function amounts(quantities: Readonly<Record<string, string | number>>): Record<string, string> {
  return Object.fromEntries(Object.entries(quantities).map(([name, quantity]) => [name, String(quantity)]));
}

function checksumOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
