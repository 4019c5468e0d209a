import type { V1Container, V1EnvVar } from '@kubernetes/client-node';
import type { BitcoinIndex } from '../../api/kinds.ts';
import { nodeNames } from '../node/names.ts';
import type { IndexInputs } from './inputs.ts';
import { storeSecret } from './mongodb/names.ts';
import { METRICS_PORT } from './names.ts';
import { container, environment, secretVariable } from './pod.ts';

/** The container of a process of BitQL: `bitql COMMAND`. It writes to /tmp alone. */
export function bitqlContainer(
  { spec }: BitcoinIndex,
  { image }: IndexInputs,
  own: Pick<V1Container, 'name'> & Partial<V1Container>,
): V1Container {
  return container(spec, { image, command: ['bitql'], ...own });
}

/** What every process of an index is told: where the store is, and what to log. */
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

/** Where the node is, with user and password: as the Secret has it that is kept for whoever uses the node. */
export function nodeVariable({ spec }: BitcoinIndex): V1EnvVar {
  return secretVariable('BITQL_NODE', { name: nodeNames(spec.nodeRef.name).rpc, key: 'uri' });
}

export const TEMPORARY_VOLUME = { name: 'tmp', emptyDir: {} };
export const TEMPORARY_MOUNT = { name: 'tmp', mountPath: '/tmp' };
