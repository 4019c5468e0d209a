import { choice, flag, foreign, integer, labels, list, object, optional, quantity, size, text } from './schema.ts';

/** The longest name that leaves room for the names of children, and for what Kubernetes appends to the names of their Pods. */
export const MAX_OBJECT_NAME = 40;

/** 1 to 65535, as a pattern. */
export const PORT = '([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])';

/** An HTTP URL without a login; a path is allowed. */
export const HTTP_URL = `^https?://([^\\s@/?#:\\[\\]]+|\\[[0-9a-fA-F:.]+\\])(:${PORT})?(/[^\\s@#]*)?$`;

const NAME = '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$';

export const objectName = (description: string) => text(description, { maxLength: 63, minLength: 1, pattern: NAME });

export const reference = (description: string) =>
  object(description, { name: objectName('Its name, in the same namespace.') }, { mapType: 'atomic' });

export const keyReference = (description: string, defaultKey: string) =>
  object(
    description,
    {
      name: text('Its name, in the same namespace.', { maxLength: 253, minLength: 1 }),
      key: text('The key in it.', { maxLength: 253, default: defaultKey, pattern: '^[-._a-zA-Z0-9]+$' }),
    },
    { mapType: 'atomic' },
  );

const amounts = (description: string) =>
  object(description, {
    cpu: optional(quantity('CPU cores, for example 2 or "500m".')),
    memory: optional(quantity('Memory, for example "4Gi".')),
  });

export const resources = (whose: string) =>
  object(`The CPU and memory of ${whose}.`, {
    requests: optional(amounts('The reserved amount.')),
    limits: optional(amounts('The maximum.')),
  });

export const scheduling = object('The machines on which the Pods may run.', {
  nodeSelector: optional(labels('The labels that a machine must have.')),
  tolerations: optional(
    list(
      'The taints of machines that the Pods tolerate.',
      object('One toleration, as in a Pod.', {
        key: optional(text('The key of the taint. Default: all taints.', { maxLength: 317 })),
        operator: optional(choice('The operator that compares the value.', ['Exists', 'Equal'])),
        value: optional(text('The value of the taint.', { maxLength: 63 })),
        effect: optional(choice('The effect that is tolerated.', ['NoSchedule', 'PreferNoSchedule', 'NoExecute'])),
        tolerationSeconds: optional(integer('How long NoExecute is tolerated.', { minimum: 0, maximum: 2 ** 31 - 1 })),
      }),
      { maxItems: 32 },
    ),
  ),
  affinity: optional(foreign('Affinity, as in a Pod.')),
  priorityClassName: optional(text('The PriorityClass of the Pods.', { maxLength: 253 })),
});

const IMAGE = '^[^\\s:@]+([:][0-9]+/[^\\s:@]+)?(:[A-Za-z0-9_][A-Za-z0-9_.-]*)?(@sha256:[0-9a-f]{64})?$';

export const image = (description: string) =>
  text(`${description} It must have a tag or a digest.`, {
    maxLength: 512,
    pattern: IMAGE,
    rules: [
      {
        rule: "self.contains('@sha256:') || self.matches(':[A-Za-z0-9_][A-Za-z0-9_.-]*$')",
        message: 'give the image a tag or a digest: without one, each restart may start different software',
      },
    ],
  });

export const imagePullPolicy = choice('When the image is pulled.', ['Always', 'IfNotPresent', 'Never'], {
  default: 'IfNotPresent',
});

export const imagePullSecrets = list('Secrets for a private registry.', reference('A Secret.'), {
  maxItems: 8,
  keys: ['name'],
});

export const networkPolicy = choice(
  'Managed: NetworkPolicies admit only the connections that are needed. Unmanaged: no NetworkPolicy is created.',
  ['Managed', 'Unmanaged'],
  { default: 'Managed' },
);

export const desiredState = choice(
  'Running, or Stopped: no Pod runs, but data and configuration stay.',
  ['Running', 'Stopped'],
  { default: 'Running' },
);

const accessMode = choice(
  'Who may mount the volume: one Pod (ReadWriteOncePod), or all Pods of one machine (ReadWriteOnce), for storage that does not support ReadWriteOncePod.',
  ['ReadWriteOncePod', 'ReadWriteOnce'],
  {
    default: 'ReadWriteOncePod',
    rules: [{ rule: 'self == oldSelf', message: 'the access mode of a volume cannot be changed' }],
  },
);

const retention = choice(
  'What happens to the volume when the object is deleted. It takes days to download a chain again.',
  ['Retain', 'Delete'],
  { default: 'Retain' },
);

/** The volume of a Pod that stores data. */
export const volume = (description: string, defaultSize: string) =>
  object(
    description,
    {
      size: size('The size of the volume. It can grow later if the storage class allows that, but never shrink.', {
        default: defaultSize,
        rules: [
          { rule: 'quantity(self).compareTo(quantity(oldSelf)) >= 0', message: 'a volume can grow, but never shrink' },
        ],
      }),
      storageClassName: optional(text("The storage class. Default: the cluster's default.", { maxLength: 253 })),
      accessMode,
      retention,
    },
    {
      default: {},
      rules: [
        {
          rule:
            'has(self.storageClassName) == has(oldSelf.storageClassName) && ' +
            '(!has(self.storageClassName) || self.storageClassName == oldSelf.storageClassName)',
          message: 'the storage class of a volume cannot be changed',
          fieldPath: '.storageClassName',
        },
      ],
    },
  );

export const serviceMonitor = flag(
  'Creates a ServiceMonitor, so that metrics are scraped, if the cluster has the Prometheus operator.',
  { default: true },
);
