import { accessSync, constants } from 'node:fs';
import { connect } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The real services that tests and measurements use; unavailable ones are missing. */
export interface Services {
  /** The bitcoind program. */
  readonly bitcoind: string;
  /** The address of a running MongoDB, or of a server with its API. */
  readonly mongodbUri: string;
  /** The folder with kube-apiserver, apiextensions-apiserver, kube-controller-manager, etcd and crdcheck. */
  readonly kubernetesAssets: string;
  /** The folder with buildah (and the base image), docker-compose, caddy and promtool; runc is the machine's. */
  readonly containerTools: string;
  /** The folder with kubectl, helm and promtool. */
  readonly kubectlTools: string;
}

export type ServiceName = 'bitcoind' | 'mongodb' | 'kubernetes' | 'container' | 'kubectl';

/** The property of `Services` for each service, and how to install it. */
export const SERVICES = {
  bitcoind: { property: 'bitcoind', install: 'test/services/services install bitcoind' },
  mongodb: {
    property: 'mongodbUri',
    install: 'test/services/services install documentdb && test/services/services up',
  },
  kubernetes: { property: 'kubernetesAssets', install: 'test/services/services install kubernetes' },
  container: { property: 'containerTools', install: 'test/services/services install container' },
  kubectl: { property: 'kubectlTools', install: 'test/services/services install kubectl' },
} as const satisfies Record<ServiceName, { property: keyof Services; install: string }>;

/**
 * Finds each service by its environment variable (BITCOIND, MONGODB_URI, KUBEBUILDER_ASSETS, CONTAINER_TOOLS,
 * KUBECTL_TOOLS), otherwise in the place where test/services installs it. Starts nothing.
 */
export async function locateServices(env: NodeJS.ProcessEnv = process.env): Promise<Partial<Services>> {
  const root = env.SERVICES_ROOT ?? join(env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'bitql-services');
  const bitcoind = env.BITCOIND ?? executable(join(root, 'bin', 'bitcoind'));
  // An older folder lacks it and cannot be used any more.
  const crdServer = executable(join(root, 'kube', 'apiextensions-apiserver'));
  const kubernetesAssets = env.KUBEBUILDER_ASSETS ?? (crdServer && join(root, 'kube'));
  const containerTools = env.CONTAINER_TOOLS ?? (executable(join(root, 'bin', 'buildah')) && join(root, 'bin'));
  const kubectlTools = env.KUBECTL_TOOLS ?? (executable(join(root, 'bin', 'helm')) && join(root, 'bin'));
  const mongodbUri = env.MONGODB_URI ?? (await gatewayUri(Number(env.SERVICES_MONGO_PORT ?? 27_117)));
  return {
    ...(bitcoind && { bitcoind }),
    ...(kubernetesAssets && { kubernetesAssets }),
    ...(containerTools && { containerTools }),
    ...(kubectlTools && { kubectlTools }),
    ...(mongodbUri && { mongodbUri }),
  };
}

function executable(path: string): string | undefined {
  try {
    accessSync(path, constants.X_OK);
    return path;
  } catch {
    return undefined;
  }
}

/** The gateway of test/services listens only when it can answer, so a connection is proof enough. */
async function gatewayUri(port: number): Promise<string | undefined> {
  const { promise: answers, resolve } = Promise.withResolvers<boolean>();
  const socket = connect({ host: '127.0.0.1', port, timeout: 2_000 });
  socket.on('connect', () => resolve(true));
  socket.on('error', () => resolve(false));
  socket.on('timeout', () => resolve(false));
  const up = await answers;
  socket.destroy();
  return up ? `mongodb://127.0.0.1:${port}/?directConnection=true` : undefined;
}
