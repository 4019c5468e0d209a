import type { V1Container, V1PodSpec, V1SecurityContext, V1Volume } from '@kubernetes/client-node';

/** Volumes that the standard allows. */
const VOLUMES = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
];
const SYSCTLS = [
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_wmem',
];
const SELINUX_TYPES = ['', 'container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t'];

/**
 * Violations of the Pod Security Standard "restricted" (Kubernetes 1.35, for Linux) by a Pod, as "path: what is wrong";
 * empty if it may run in a namespace with `pod-security.kubernetes.io/enforce: restricted`.
 * @see https://kubernetes.io/docs/concepts/security/pod-security-standards/
 */
export function podSecurityViolations(pod: V1PodSpec): string[] {
  const lists = ['initContainers', 'containers', 'ephemeralContainers'] as const;
  const containers = lists.flatMap((list) =>
    (pod[list] ?? []).map((container) => [`${list}.${container.name}`, container as V1Container] as const),
  );
  return [
    ...ofPod(pod),
    ...(pod.volumes ?? []).flatMap(ofVolume),
    ...containers.flatMap(([path, container]) => ofContainer(path, container, pod)),
  ];
}

type Check = readonly [isWrong: boolean, message: string];

function failed(path: string, checks: readonly Check[]): string[] {
  return checks.filter(([isWrong]) => isWrong).map(([, message]) => `${path}${message}`);
}

function ofPod(pod: V1PodSpec): string[] {
  const { securityContext: context = {} } = pod;
  const unsafe = (context.sysctls ?? []).filter(({ name }) => !SYSCTLS.includes(name));
  return [
    ...failed('', [
      [pod.hostNetwork === true, 'hostNetwork: the network of the machine'],
      [pod.hostPID === true, 'hostPID: the processes of the machine'],
      [pod.hostIPC === true, 'hostIPC: the memory of the machine'],
      [unsafe.length > 0, `securityContext.sysctls: ${unsafe.map(({ name }) => name).join(', ')}`],
    ]),
    ...ofContext('securityContext', context),
  ];
}

/** Requirements for the security contexts of both Pods and containers. */
function ofContext(path: string, context: V1SecurityContext): string[] {
  const { seLinuxOptions: selinux = {}, seccompProfile, appArmorProfile, runAsUser, runAsNonRoot } = context;
  return failed(`${path}.`, [
    [context.windowsOptions?.hostProcess === true, 'windowsOptions.hostProcess: a process of the machine'],
    [runAsUser === 0, 'runAsUser: root'],
    [runAsNonRoot === false, 'runAsNonRoot: false'],
    [seccompProfile !== undefined && !isConfined(seccompProfile.type), 'seccompProfile: Unconfined'],
    [appArmorProfile !== undefined && !isConfined(appArmorProfile.type), 'appArmorProfile: Unconfined'],
    [!SELINUX_TYPES.includes(selinux.type ?? ''), 'seLinuxOptions.type: not one of a container'],
    [Boolean(selinux.user ?? selinux.role), 'seLinuxOptions: a user or a role'],
  ]);
}

const isConfined = (type: string | undefined): boolean => type === 'RuntimeDefault' || type === 'Localhost';

function ofVolume(volume: V1Volume): string[] {
  const kinds = Object.keys(volume).filter((field) => field !== 'name');
  return kinds.filter((kind) => !VOLUMES.includes(kind)).map((kind) => `volumes.${volume.name}: ${kind}`);
}

function ofContainer(path: string, container: V1Container, pod: V1PodSpec): string[] {
  const { securityContext: context = {}, ports = [] } = container;
  const { add = [], drop = [] } = context.capabilities ?? {};
  return [
    ...failed(`${path}.`, [
      [ports.some(({ hostPort = 0 }) => hostPort !== 0), 'ports: a port of the machine'],
      [hostsAsked(container).some(Boolean), 'probes and hooks: of another host'],
    ]),
    ...ofContext(`${path}.securityContext`, context),
    ...failed(`${path}.securityContext.`, [
      [context.privileged === true, 'privileged: true'],
      [context.allowPrivilegeEscalation !== false, 'allowPrivilegeEscalation: not false'],
      [!drop.includes('ALL'), 'capabilities.drop: not ALL'],
      [add.some((name) => name !== 'NET_BIND_SERVICE'), `capabilities.add: ${add.join(', ')}`],
      [(context.procMount ?? 'Default') !== 'Default', 'procMount: not Default'],
      [
        (context.runAsNonRoot ?? pod.securityContext?.runAsNonRoot) !== true,
        'runAsNonRoot: not true, nor is it of the Pod',
      ],
      [
        (context.seccompProfile ?? pod.securityContext?.seccompProfile) === undefined,
        'seccompProfile: none, nor is there one of the Pod',
      ],
    ]),
  ];
}

/** Hosts that the kubelet would contact instead of the Pod. */
function hostsAsked({ livenessProbe, readinessProbe, startupProbe, lifecycle }: V1Container): (string | undefined)[] {
  const handlers = [livenessProbe, readinessProbe, startupProbe, lifecycle?.postStart, lifecycle?.preStop];
  return handlers.flatMap((handler) => [handler?.httpGet?.host, handler?.tcpSocket?.host]);
}
