import { createHmac } from 'node:crypto';
import type { V1Container, V1EnvVar, V1PodSpec, V1ResourceRequirements } from '@kubernetes/client-node';
import type { BitcoinIndexSpec } from '../../api/bitcoin-index.ts';
import type { BitcoinIndex } from '../../api/kinds.ts';
import { nodeNames } from '../node/names.ts';
import { RESTRICTED_CONTAINER, RESTRICTED_POD } from '../runtime/pod-security.ts';
import type { IndexInputs } from './inputs.ts';
import { METRICS_PORT, storeSecret } from './names.ts';

type Scheduling = BitcoinIndexSpec['indexer']['scheduling'];
type Resources = BitcoinIndexSpec['indexer']['resources'];

interface PodOptions {
  readonly user: number;
  readonly scheduling: Scheduling;
  /** Labels of the Pods that are best spread over machines and zones. */
  readonly spread: Readonly<Record<string, string>>;
  readonly graceSeconds: number;
}

/** The common part of the Pods of an index: the "restricted" Pod Security Standard of Kubernetes, and no token for the API. */
export function podSpec(
  spec: BitcoinIndexSpec,
  { user, scheduling, spread, graceSeconds }: PodOptions,
  containers: Pick<V1PodSpec, 'containers' | 'initContainers' | 'volumes'>,
): V1PodSpec {
  return {
    ...containers,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: graceSeconds,
    securityContext: { ...RESTRICTED_POD, runAsUser: user, runAsGroup: user, fsGroup: user },
    topologySpreadConstraints: ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'].map((topologyKey) => ({
      maxSkew: 1,
      topologyKey,
      whenUnsatisfiable: 'ScheduleAnyway',
      labelSelector: { matchLabels: { ...spread } },
    })),
    ...(spec.imagePullSecrets && { imagePullSecrets: spec.imagePullSecrets.map(({ name }) => ({ name })) }),
    ...scheduling,
  };
}

/** The common part of the containers of an index. */
export function container(
  spec: BitcoinIndexSpec,
  own: Pick<V1Container, 'name' | 'image'> & Partial<V1Container>,
): V1Container {
  return {
    imagePullPolicy: spec.imagePullPolicy,
    securityContext: RESTRICTED_CONTAINER,
    ...own,
  };
}

/** The resources that the spec asks for. The default requests suffice for scheduling and for measuring utilization. */
export function containerResources(
  given: Resources,
  usual: { readonly cpu: string; readonly memory: string },
): V1ResourceRequirements {
  const requests = {
    cpu: amount(given?.requests?.cpu ?? given?.limits?.cpu ?? usual.cpu),
    memory: amount(given?.requests?.memory ?? given?.limits?.memory ?? usual.memory),
  };
  const limits = Object.entries(given?.limits ?? {}).map(([name, value]) => [name, amount(value)] as const);
  return { requests, ...(limits.length > 0 && { limits: Object.fromEntries(limits) }) };
}

function amount(quantity: string | number): string {
  return String(quantity);
}

/** The variables of a container, by name; null values are left out. */
export function environment(values: Readonly<Record<string, string | number | null>>): V1EnvVar[] {
  return Object.entries(values).flatMap(([name, value]) => (value === null ? [] : [{ name, value: String(value) }]));
}

/** A variable whose value is a key of a Secret, so that it appears in no other object. */
export function secretVariable(name: string, secret: { readonly name: string; readonly key: string }): V1EnvVar {
  return { name, valueFrom: { secretKeyRef: { name: secret.name, key: secret.key } } };
}

/** The container of a BitQL process (`bitql COMMAND`). It writes only to /tmp. */
export function bitqlContainer(
  { spec }: BitcoinIndex,
  { image }: IndexInputs,
  own: Pick<V1Container, 'name'> & Partial<V1Container>,
): V1Container {
  return container(spec, { image, command: ['bitql'], ...own });
}

/** Variables of all processes of an index: the store, and logging. */
export function commonVariables(index: BitcoinIndex): V1EnvVar[] {
  return [
    secretVariable('BITQL_STORE', storeSecret(index)),
    ...environment({
      BITQL_METRICS: `0.0.0.0:${METRICS_PORT}`,
      BITQL_LOG_LEVEL: index.spec.logLevel,
      BITQL_LOG_FORMAT: 'json',
    }),
  ];
}

/** The URI of the node, with user and password, from the Secret that is kept for clients of the node. */
export function nodeVariable({ spec }: BitcoinIndex): V1EnvVar {
  return secretVariable('BITQL_NODE', { name: nodeNames(spec.nodeRef.name).rpc, key: 'uri' });
}

export const TEMPORARY_VOLUME = { name: 'tmp', emptyDir: {} };
export const TEMPORARY_MOUNT = { name: 'tmp', mountPath: '/tmp' };

/** An annotation of Pod templates. It changes with inputs that Pods read only when they start, so that they are replaced then. */
export const CHECKSUM_ANNOTATION = 'bitql.dev/config-checksum';

/** Changes whenever the secrets or files change, and reveals nothing else about them. */
export function checksum(salt: string, texts: readonly (string | null)[]): Record<string, string> {
  const digest = createHmac('sha256', salt).update(JSON.stringify(texts)).digest('hex');
  return { [CHECKSUM_ANNOTATION]: digest.slice(0, 32) };
}
