import type { V1PodSpec } from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import { podSecurityViolations } from './pod-security.ts';

const context = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };
const RESTRICTED: V1PodSpec = {
  securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
  initContainers: [{ name: 'first', image: 'image:1', securityContext: context }],
  containers: [
    {
      name: 'main',
      image: 'image:1',
      ports: [{ containerPort: 4_000 }],
      livenessProbe: { httpGet: { path: '/livez', port: 4_000 } },
      securityContext: { ...context, capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] } },
    },
  ],
  volumes: [
    { name: 'tmp', emptyDir: {} },
    { name: 'config', configMap: { name: 'config' } },
  ],
};

/** The Pod with another value at a path. */
function withValue(path: string, value: unknown): V1PodSpec {
  const pod = structuredClone(RESTRICTED);
  const steps = path.split('.');
  const last = steps.pop()!;
  let place = pod as unknown as Record<string, unknown>;
  for (const step of steps) {
    place[step] ??= {};
    place = place[step] as Record<string, unknown>;
  }
  if (value === undefined) delete place[last];
  else place[last] = value;
  return pod;
}

describe('the restricted Pod Security Standard', () => {
  it('accepts a Pod that complies with it', () => {
    expect(podSecurityViolations(RESTRICTED)).toEqual([]);
  });

  it("uses the container's value if its Pod has none", () => {
    const pod = structuredClone(RESTRICTED);
    delete pod.securityContext;
    for (const container of [...pod.initContainers!, ...pod.containers]) {
      Object.assign(container.securityContext!, RESTRICTED.securityContext);
    }
    expect(podSecurityViolations(pod)).toEqual([]);
  });

  it.each([
    ['hostNetwork', true],
    ['hostPID', true],
    ['hostIPC', true],
    ['securityContext.sysctls', [{ name: 'kernel.msgmax', value: '1' }]],
    ['securityContext.runAsUser', 0],
    ['securityContext.runAsNonRoot', undefined],
    ['securityContext.runAsNonRoot', false],
    ['securityContext.seccompProfile', undefined],
    ['securityContext.seccompProfile', { type: 'Unconfined' }],
    ['securityContext.appArmorProfile', { type: 'Unconfined' }],
    ['securityContext.seLinuxOptions', { type: 'spc_t' }],
    ['securityContext.seLinuxOptions', { user: 'system_u' }],
    ['securityContext.windowsOptions', { hostProcess: true }],
    ['volumes.0', { name: 'machine', hostPath: { path: '/' } }],
    ['volumes.0', { name: 'share', nfs: { server: 'files', path: '/' } }],
    ['containers.0.securityContext', undefined],
    ['containers.0.securityContext.privileged', true],
    ['containers.0.securityContext.allowPrivilegeEscalation', undefined],
    ['containers.0.securityContext.capabilities', undefined],
    ['containers.0.securityContext.capabilities', { drop: ['ALL'], add: ['SYS_ADMIN'] }],
    ['containers.0.securityContext.runAsNonRoot', false],
    ['containers.0.securityContext.runAsUser', 0],
    ['containers.0.securityContext.procMount', 'Unmasked'],
    ['containers.0.securityContext.seccompProfile', { type: 'Unconfined' }],
    ['containers.0.ports.0.hostPort', 80],
    ['containers.0.livenessProbe.httpGet.host', '169.254.169.254'],
    ['initContainers.0.securityContext.allowPrivilegeEscalation', true],
    ['initContainers.0.securityContext.capabilities.drop', ['NET_RAW']],
  ])('refuses %s: %j', (path, value) => {
    expect(podSecurityViolations(withValue(path, value))).not.toEqual([]);
  });
});
