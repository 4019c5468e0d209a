import { chmodSync, chownSync, existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { V1Container, V1PodSecurityContext } from '@kubernetes/client-node';
import { expand } from './environment.ts';
import { CHECKOUT, CHECKOUT_INSIDE, type ImageConfig } from './image.ts';

export interface BundleOptions {
  readonly container: V1Container;
  readonly image: ImageConfig;
  readonly podSecurity: V1PodSecurityContext;
  readonly variables: ReadonlyMap<string, string>;
  /** The folders of the volumes by their names. */
  readonly volumes: ReadonlyMap<string, string>;
  readonly hostname: string;
  /** The file of the Pod's network namespace. */
  readonly network: string;
  /** The content of /etc/hosts. */
  readonly hostsFile: string;
  readonly bitcoind: string;
}

interface Mount {
  readonly destination: string;
  readonly source: string;
  readonly type: string;
  readonly options: readonly string[];
}

/** Creates a container's root and its configuration for runc (OCI runtime specification) in a folder. */
export function writeBundle(folder: string, options: BundleOptions): void {
  const { container, image, podSecurity, variables } = options;
  const root = join(folder, 'root');
  const user = userOf(container, podSecurity, image);
  const workingDir = container.workingDir ?? image.workingDir;
  makeRoot(root, options.bitcoind);
  makeHome(join(root, workingDir), image);
  const security = container.securityContext;
  const isRestricted = security?.capabilities?.drop?.includes('ALL') === true || user.uid !== 0;
  const given = container.args ?? [];
  const args = container.command ? [...container.command, ...given] : image.entrypoint(given);
  const config = {
    ociVersion: '1.0.2',
    root: { path: 'root', readonly: security?.readOnlyRootFilesystem === true },
    hostname: options.hostname,
    process: {
      user: { uid: user.uid, gid: user.gid, additionalGids: groupsOf(podSecurity) },
      args: args.map((text) => expand(text, variables)),
      env: [...variables].map(([name, value]) => `${name}=${value}`),
      cwd: workingDir,
      noNewPrivileges: security?.allowPrivilegeEscalation === false,
      ...(!isRestricted && {
        capabilities: { bounding: CAPABILITIES, effective: CAPABILITIES, permitted: CAPABILITIES },
      }),
    },
    mounts: [...systemMounts(options), ...volumeMounts(options, root)],
    linux: { namespaces: [...NAMESPACES, { type: 'network', path: options.network }] },
  };
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
}

const NAMESPACES = ['pid', 'ipc', 'uts', 'mount'].map((type) => ({ type }));

/** The capabilities of root in Docker and containerd. */
const CAPABILITIES = [
  ...['CAP_CHOWN', 'CAP_DAC_OVERRIDE', 'CAP_FOWNER', 'CAP_FSETID', 'CAP_KILL', 'CAP_NET_BIND_SERVICE'],
  ...['CAP_SETGID', 'CAP_SETPCAP', 'CAP_SETUID', 'CAP_SYS_CHROOT', 'CAP_MKNOD', 'CAP_NET_RAW', 'CAP_AUDIT_WRITE'],
];

function userOf(
  { name, securityContext }: V1Container,
  pod: V1PodSecurityContext,
  image: ImageConfig,
): { uid: number; gid: number } {
  const uid = securityContext?.runAsUser ?? pod.runAsUser ?? image.uid;
  const gid = securityContext?.runAsGroup ?? pod.runAsGroup ?? image.gid;
  const mayNotBeRoot = securityContext?.runAsNonRoot ?? pod.runAsNonRoot ?? false;
  if (mayNotBeRoot && uid === 0) throw new Error(`container ${name} has runAsNonRoot and its image runs as root`);
  return { uid, gid };
}

function groupsOf({ fsGroup, supplementalGroups = [] }: V1PodSecurityContext): number[] {
  return fsGroup === undefined ? supplementalGroups : [fsGroup, ...supplementalGroups];
}

/** Replaces the layers of an image: the programs and libraries of this machine, and a place for ours. */
const MACHINE = ['/usr/bin', '/usr/sbin', '/usr/lib', '/usr/lib64', '/usr/share', '/etc/ssl', '/etc/alternatives'];
const LINKS = { bin: 'usr/bin', sbin: 'usr/sbin', lib: 'usr/lib', lib64: 'usr/lib64' };

function makeRoot(root: string, bitcoind: string): void {
  for (const folder of ['usr/local/bin', 'etc', 'tmp']) mkdirSync(join(root, folder), { recursive: true });
  chmodSync(join(root, 'tmp'), 0o1777);
  for (const [name, target] of Object.entries(LINKS)) symlinkSync(target, join(root, name));
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\n');
  writeFileSync(join(root, 'etc/nsswitch.conf'), 'hosts: files\n');
  writeFileSync(join(root, 'etc/hosts'), '');
  writeFileSync(join(root, NODE), '');
  writeProgram(root, 'bitql', [NODE, join(CHECKOUT_INSIDE, 'bin/bitql.js')]);
  for (const name of ['bitcoind', 'bitcoin-cli']) writeProgram(root, name, [join(dirname(bitcoind), name)]);
}

const NODE = '/usr/local/bin/node';

function writeProgram(root: string, name: string, command: readonly string[]): void {
  writeFileSync(join(root, 'usr/local/bin', name), `#!/bin/sh\nexec ${command.join(' ')} "$@"\n`, { mode: 0o755 });
}

function makeHome(folder: string, { uid, gid }: ImageConfig): void {
  if (existsSync(folder)) return;
  mkdirSync(folder, { recursive: true });
  chownSync(folder, uid, gid);
}

const readOnly = (source: string, destination = source): Mount => {
  return { destination, source, type: 'bind', options: ['bind', 'ro'] };
};
const temporary = (destination: string, ...options: string[]): Mount => {
  return { destination, source: 'tmpfs', type: 'tmpfs', options: ['nosuid', ...options] };
};

function systemMounts({ bitcoind, hostsFile }: BundleOptions): Mount[] {
  return [
    { destination: '/proc', source: 'proc', type: 'proc', options: [] },
    temporary('/dev', 'mode=755'),
    temporary('/dev/shm', 'nodev', 'mode=1777'),
    ...MACHINE.filter((folder) => existsSync(folder)).map((folder) => readOnly(folder)),
    readOnly(CHECKOUT, CHECKOUT_INSIDE),
    readOnly(dirname(dirname(bitcoind))), // with the libraries beside it
    readOnly(process.execPath, NODE),
    readOnly(hostsFile, '/etc/hosts'),
  ];
}

function volumeMounts({ container, volumes, variables }: BundleOptions, root: string): Mount[] {
  return (container.volumeMounts ?? []).map(({ name, mountPath, subPath, subPathExpr, readOnly: isReadOnly }) => {
    const folder = volumes.get(name);
    if (folder === undefined)
      throw new Error(`container ${container.name} mounts ${name}, which is no volume of its Pod`);
    const source = join(folder, subPath ?? expand(subPathExpr ?? '', variables));
    if (!existsSync(source)) mkdirSync(source, { recursive: true });
    makeMountPoint(join(root, mountPath), statSync(source).isDirectory());
    return { destination: mountPath, source, type: 'bind', options: ['bind', isReadOnly ? 'ro' : 'rw'] };
  });
}

/** The runtime creates it where it can write: not below read-only mounts, nor in a read-only root. */
function makeMountPoint(path: string, isFolder: boolean): void {
  if (isFolder) mkdirSync(path, { recursive: true });
  else if (!existsSync(path)) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, '');
  }
}
