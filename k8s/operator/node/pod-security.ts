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
