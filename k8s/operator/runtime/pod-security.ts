import type { V1PodSecurityContext, V1SecurityContext } from '@kubernetes/client-node';

/** User and group that Pods of ours run as: no image needs to know it. */
export const USER_ID = 10_001;

/** What the restricted Pod Security Standard asks of a Pod. */
export const RESTRICTED_POD: Readonly<V1PodSecurityContext> = {
  runAsNonRoot: true,
  runAsUser: USER_ID,
  runAsGroup: USER_ID,
  fsGroup: USER_ID,
  // Else each start would go through all files of a volume.
  fsGroupChangePolicy: 'OnRootMismatch',
  seccompProfile: { type: 'RuntimeDefault' },
};

/** What it asks of each container, and that its image stays as it is. */
export const RESTRICTED_CONTAINER: Readonly<V1SecurityContext> = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};

/** Peers of a NetworkPolicy: every address but those where clouds give away the machine's credentials. */
export const ANYWHERE = [
  { ipBlock: { cidr: '0.0.0.0/0', except: ['169.254.169.254/32'] } },
  { ipBlock: { cidr: '::/0', except: ['fd00:ec2::254/128'] } },
];
