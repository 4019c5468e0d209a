import type { V1PodSecurityContext, V1SecurityContext } from '@kubernetes/client-node';

/** User and group of our Pods. Images need not know them. */
export const USER_ID = 10_001;

/** The requirements of the restricted Pod Security Standard for a Pod. */
export const RESTRICTED_POD: Readonly<V1PodSecurityContext> = {
  runAsNonRoot: true,
  runAsUser: USER_ID,
  runAsGroup: USER_ID,
  fsGroup: USER_ID,
  // Otherwise each start would walk through all files of a volume.
  fsGroupChangePolicy: 'OnRootMismatch',
  seccompProfile: { type: 'RuntimeDefault' },
};

/** Its requirements for each container; also, the root file system is read-only. */
export const RESTRICTED_CONTAINER: Readonly<V1SecurityContext> = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};

/** Peers of a NetworkPolicy: all addresses except the metadata services where clouds hand out credentials. */
export const ANYWHERE = [
  { ipBlock: { cidr: '0.0.0.0/0', except: ['169.254.169.254/32'] } },
  { ipBlock: { cidr: '::/0', except: ['fd00:ec2::254/128'] } },
];
