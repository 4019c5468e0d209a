import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { V1PersistentVolumeClaim } from '@kubernetes/client-node';
import type { ApiClient } from './api-client.ts';

const VOLUMES = '/api/v1/persistentvolumes';

/**
 * Gives each claim a folder of this machine as its volume, like a provisioner. The folder is deleted with the claim.
 */
export class Claims {
  readonly #api: ApiClient;
  readonly #folder: string;
  #claims: readonly V1PersistentVolumeClaim[] = [];
  readonly #provisioned = new Set<string>();

  constructor(api: ApiClient, folder: string) {
    this.#api = api;
    this.#folder = join(folder, 'claims');
  }

  /** @throws Error while it is not bound */
  folderOf(namespace: string, name: string): string {
    const claim = this.#claims.find(({ metadata }) => metadata!.namespace === namespace && metadata!.name === name);
    if (claim?.status?.phase !== 'Bound') throw new Error(`persistentvolumeclaim "${name}" is not bound`);
    return this.#folderOf(claim.metadata!.uid!);
  }

  async update(namespaces: readonly string[]): Promise<void> {
    const lists = namespaces.map((namespace) =>
      this.#api.list<V1PersistentVolumeClaim>(`/api/v1/namespaces/${namespace}/persistentvolumeclaims`),
    );
    this.#claims = (await Promise.all(lists)).flat();
    for (const claim of this.#claims) {
      if (!claim.spec!.volumeName && !this.#provisioned.has(claim.metadata!.uid!)) await this.#provision(claim);
    }
    const isThere = new Set(this.#claims.map(({ metadata }) => metadata!.uid!));
    for (const uid of this.#provisioned) if (!isThere.has(uid)) await this.#remove(uid);
  }

  async #provision({ metadata, spec }: V1PersistentVolumeClaim): Promise<void> {
    const { uid, namespace, name } = metadata!;
    const path = this.#folderOf(uid!);
    mkdirSync(path, { recursive: true });
    await this.#api.create(VOLUMES, {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: `pvc-${uid}` },
      spec: {
        accessModes: spec!.accessModes,
        capacity: spec!.resources!.requests,
        storageClassName: spec!.storageClassName,
        claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid },
        hostPath: { path },
        persistentVolumeReclaimPolicy: 'Retain',
      },
    });
    this.#provisioned.add(uid!);
  }

  async #remove(uid: string): Promise<void> {
    await this.#api.delete(`${VOLUMES}/pvc-${uid}`);
    rmSync(this.#folderOf(uid), { recursive: true, force: true });
    this.#provisioned.delete(uid);
  }

  #folderOf(uid: string): string {
    return join(this.#folder, uid);
  }
}
