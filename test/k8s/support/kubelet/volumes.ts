import { chmodSync, chownSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { V1KeyToPath, V1Volume, V1VolumeProjection } from '@kubernetes/client-node';
import { fieldOf, type Surroundings } from './environment.ts';

/** What volumes need in addition to what containers get. */
export interface VolumeSources extends Surroundings {
  /** The folder of a claim. @throws Error while it has none */
  folderOfClaim(name: string): string;
  /** A token of the Pod's service account. */
  token(audience: string | undefined, expirationSeconds: number): Promise<string>;
}

interface VolumeFile {
  readonly path: string;
  readonly content: string | Buffer;
  readonly mode: number;
}

/**
 * Creates a volume in a folder, unless it is elsewhere already. @returns its folder @throws Error while something is
 * missing
 */
export async function makeVolume(volume: V1Volume, folder: string, sources: VolumeSources): Promise<string> {
  const group = sources.pod.spec!.securityContext?.fsGroup;
  const claim = volume.persistentVolumeClaim;
  if (claim) {
    const claimed = sources.folderOfClaim(claim.claimName);
    if (group !== undefined) shareWith(claimed, group);
    return claimed;
  }
  mkdirSync(folder, { recursive: true });
  if (volume.emptyDir) {
    chmodSync(folder, 0o777);
    if (group !== undefined) shareWith(folder, group);
    return folder;
  }
  for (const file of await filesOf(volume, sources)) writeFile(folder, file, group);
  return folder;
}

/** Like the kubelet: files that the group creates in it belong to the group. */
function shareWith(folder: string, group: number): void {
  chownSync(folder, 0, group);
  chmodSync(folder, statSync(folder).mode | 0o2070);
}

function writeFile(folder: string, { path, content, mode }: VolumeFile, group: number | undefined): void {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  chownSync(file, 0, group ?? 0);
  chmodSync(file, group === undefined ? mode : mode | 0o440);
}

function filesOf(volume: V1Volume, sources: VolumeSources): Promise<VolumeFile[]> {
  const { secret, configMap, downwardAPI, projected } = volume;
  if (projected) return projectedFiles(projected.sources ?? [], projected.defaultMode, sources);
  if (downwardAPI) return projectedFiles([{ downwardAPI }], downwardAPI.defaultMode, sources);
  if (configMap) return projectedFiles([{ configMap }], configMap.defaultMode, sources);
  if (!secret) throw new Error(`this kubelet has no volume such as ${volume.name}: ${Object.keys(volume)}`);
  const { secretName, defaultMode, ...rest } = secret;
  return projectedFiles([{ secret: { name: secretName!, ...rest } }], defaultMode, sources);
}

async function projectedFiles(
  projections: readonly V1VolumeProjection[],
  defaultMode: number | undefined,
  sources: VolumeSources,
): Promise<VolumeFile[]> {
  const mode = defaultMode ?? 0o644;
  const files: VolumeFile[] = [];
  for (const { secret, configMap, downwardAPI, serviceAccountToken } of projections) {
    const reference = secret ?? configMap;
    if (reference) files.push(...(await keyFiles(secret ? 'secrets' : 'configmaps', reference, mode, sources)));
    for (const { path, fieldRef, mode: own } of downwardAPI?.items ?? []) {
      files.push({ path, content: fieldOf(fieldRef!.fieldPath, sources), mode: own ?? mode });
    }
    if (serviceAccountToken) {
      const { path, audience, expirationSeconds = 3_600 } = serviceAccountToken;
      files.push({ path, content: await sources.token(audience, expirationSeconds), mode: 0o600 });
    }
  }
  return files;
}

interface KeysReference {
  readonly name?: string;
  readonly optional?: boolean;
  readonly items?: readonly V1KeyToPath[];
}

async function keyFiles(
  kind: 'secrets' | 'configmaps',
  { name, optional, items }: KeysReference,
  defaultMode: number,
  sources: VolumeSources,
): Promise<VolumeFile[]> {
  const values = await sources.valuesOf(kind, name!);
  if (values === null && !optional) throw new Error(`${kind} "${name}" not found`);
  const wanted = items ?? [...(values?.keys() ?? [])].map((key): V1KeyToPath => ({ key, path: key }));
  return wanted.flatMap(({ key, path, mode }) => {
    const content = values?.get(key);
    if (content === undefined && !optional) throw new Error(`${kind} "${name}" has no ${key}`);
    return content === undefined ? [] : [{ path, content, mode: mode ?? defaultMode }];
  });
}
