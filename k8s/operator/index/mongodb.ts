import type { V1Container, V1PodDisruptionBudgetSpec, V1ServiceSpec, V1StatefulSetSpec } from '@kubernetes/client-node';
import type { BitcoinIndex } from '../../api/kinds.ts';
import { MONGODB_IMAGE } from '../images.ts';
import { childOf } from '../runtime/child.ts';
import { CONFIG_MAP, POD_DISRUPTION_BUDGET, SECRET, SERVICE, STATEFUL_SET } from '../runtime/kinds.ts';
import { encoded, type KubernetesObject } from '../runtime/resource.ts';
import type { DatabaseState, IndexInputs } from './inputs.ts';
import {
  DATABASE,
  DATABASE_KEYS,
  DATABASE_USER,
  databaseUri,
  labelsOf,
  MONGODB_PORT,
  memberHosts,
  partName,
  REPLICA_SET,
  selectorOf,
} from './names.ts';
import { checksum, container, containerResources, environment, podSpec, secretVariable } from './pod.ts';

type Managed = NonNullable<BitcoinIndex['spec']['store']['managed']>;
type DatabaseInputs = IndexInputs & { readonly database: DatabaseState };

/** The user of the MongoDB image. */
const USER = 999;
/** Time to write memory to disk and to let another member become primary. */
const GRACE_SECONDS = 120;
/** Memory that a member needs in addition to its cache. */
const BASE_MEMORY_MIB = 1_024;
const MIB_PER_GB = 1_024;

/** The managed database: a MongoDB replica set. */
export function mongodbObjects(index: BitcoinIndex, inputs: IndexInputs): KubernetesObject[] {
  const { managed } = index.spec.store;
  const { database } = inputs;
  if (managed === undefined || database === null) return [];
  const selector = selectorOf(index, 'mongodb');
  const own = { name: partName(index, 'mongodb'), labels: labelsOf(index, 'mongodb') };
  // Members need each other's addresses before they are ready.
  const service: V1ServiceSpec = {
    clusterIP: 'None',
    publishNotReadyAddresses: true,
    selector,
    ports: [{ name: 'mongodb', port: MONGODB_PORT, targetPort: 'mongodb', protocol: 'TCP' }],
  };
  const budget: V1PodDisruptionBudgetSpec = {
    maxUnavailable: 1,
    selector: { matchLabels: selector },
    unhealthyPodEvictionPolicy: 'AlwaysAllow',
  };
  return [
    credentialsSecret(index, managed, database),
    childOf(index, { resource: CONFIG_MAP, ...own }, { data: { 'setup.js': SETUP_SCRIPT } }),
    childOf(index, { resource: SERVICE, ...own }, { spec: service }),
    childOf(index, { resource: STATEFUL_SET, ...own }, { spec: statefulSet(index, managed, { ...inputs, database }) }),
    childOf(index, { resource: POD_DISRUPTION_BUDGET, ...own }, { spec: budget }),
  ];
}

/** It is kept as long as the volumes: without it, nobody could read them. */
function credentialsSecret(
  index: BitcoinIndex,
  { storage }: Managed,
  { password, keyfile }: DatabaseState,
): KubernetesObject {
  const values = {
    [DATABASE_KEYS.uri]: databaseUri(index, password),
    [DATABASE_KEYS.username]: DATABASE_USER,
    [DATABASE_KEYS.password]: password,
    [DATABASE_KEYS.keyfile]: keyfile,
  };
  const child = {
    resource: SECRET,
    name: partName(index, 'mongodb'),
    labels: labelsOf(index, 'mongodb'),
    ...(storage.retention === 'Retain' && { owners: [] }),
  } as const;
  return childOf(index, child, { type: 'Opaque', data: encoded(values) });
}

function statefulSet(index: BitcoinIndex, managed: Managed, inputs: DatabaseInputs): V1StatefulSetSpec {
  const { spec } = index;
  const { storage, scheduling } = managed;
  const { database } = inputs;
  const image = managed.image ?? database.image ?? MONGODB_IMAGE;
  const selector = selectorOf(index, 'mongodb');
  return {
    serviceName: partName(index, 'mongodb'),
    replicas: spec.desiredState === 'Stopped' ? 0 : managed.members,
    // A replica set needs most of its members to start.
    podManagementPolicy: 'Parallel',
    // Keeping them is the default, and older clusters do not have the field.
    ...(storage.retention === 'Delete' && {
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete', whenScaled: 'Retain' },
    }),
    selector: { matchLabels: selector },
    template: {
      metadata: {
        labels: labelsOf(index, 'mongodb'),
        annotations: checksum(inputs.salt, [database.keyfile, inputs.storeUri]),
      },
      spec: podSpec(
        spec,
        { user: USER, scheduling, spread: selector, graceSeconds: GRACE_SECONDS },
        {
          initContainers: [keyfileCopy(index, image)],
          containers: [member(index, managed, image)],
          volumes: [
            { name: 'tmp', emptyDir: {} },
            { name: 'keyfile', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
            { name: 'secret', secret: { secretName: partName(index, 'mongodb'), items: [KEYFILE_ITEM] } },
            { name: 'setup', configMap: { name: partName(index, 'mongodb') } },
          ],
        },
      ),
    },
    volumeClaimTemplates: [
      {
        // The API server adds these two fields, and a template must not change.
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { name: 'data', labels: selector },
        spec: {
          accessModes: [storage.accessMode],
          ...(storage.storageClassName !== undefined && { storageClassName: storage.storageClassName }),
          // The template cannot change; the claims are enlarged one by one.
          resources: { requests: { storage: database.volumeSize ?? storage.size } },
        },
      },
    ],
  };
}

const KEYFILE_ITEM = { key: DATABASE_KEYS.keyfile, path: 'keyfile' };

/** mongod refuses a keyfile that its group can read, and the files of a Secret are readable by the group of the Pod. */
function keyfileCopy(index: BitcoinIndex, image: string): V1Container {
  return container(index.spec, {
    name: 'keyfile',
    image,
    command: ['install', '-m', '0400', '/run/secret/keyfile', '/run/keyfile/keyfile'],
    resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { memory: '64Mi' } },
    volumeMounts: [
      { name: 'secret', mountPath: '/run/secret', readOnly: true },
      { name: 'keyfile', mountPath: '/run/keyfile' },
    ],
  });
}

function member(index: BitcoinIndex, managed: Managed, image: string): V1Container {
  const secret = partName(index, 'mongodb');
  const { cacheMiB } = managed;
  return container(index.spec, {
    name: 'mongodb',
    image,
    command: ['mongod'],
    args: [
      `--replSet=${REPLICA_SET}`,
      '--bind_ip_all',
      `--port=${MONGODB_PORT}`,
      '--dbpath=/data/db',
      '--keyFile=/run/keyfile/keyfile',
      `--wiredTigerCacheSizeGB=${cacheMiB / MIB_PER_GB}`,
    ],
    env: [
      // Only for the setup script: mongod ignores them.
      secretVariable('DATABASE_USER', { name: secret, key: DATABASE_KEYS.username }),
      secretVariable('DATABASE_PASSWORD', { name: secret, key: DATABASE_KEYS.password }),
      ...environment({ MEMBERS: memberHosts(index).join(','), HOME: '/tmp' }),
    ],
    ports: [{ name: 'mongodb', containerPort: MONGODB_PORT, protocol: 'TCP' }],
    resources: containerResources(managed.resources, { cpu: '500m', memory: `${cacheMiB + BASE_MEMORY_MIB}Mi` }),
    startupProbe: {
      exec: { command: ['mongosh', '--quiet', `mongodb://127.0.0.1:${MONGODB_PORT}/`, '/etc/mongodb/setup.js'] },
      periodSeconds: 10,
      timeoutSeconds: 60,
      failureThreshold: 6 * 60 * 24, // after a crash, a large journal is read first
    },
    readinessProbe: { tcpSocket: { port: 'mongodb' }, periodSeconds: 10, timeoutSeconds: 5 },
    volumeMounts: [
      { name: 'data', mountPath: '/data/db' },
      { name: 'tmp', mountPath: '/tmp' },
      { name: 'keyfile', mountPath: '/run/keyfile', readOnly: true },
      { name: 'setup', mountPath: '/etc/mongodb', readOnly: true },
    ],
  });
}

/**
 * The script that the startup probe of each member runs in mongosh until it exits with 0. The first member creates the replica
 * set, and the primary creates the user: MongoDB allows creating the first user from the same machine without a password, and
 * nothing else. Each step checks whether it was done already, so the script may be interrupted anywhere. All members are listed
 * at once: MongoDB creates no replica set from members that already belong to one, so a member that lost its volume joins the
 * others again.
 */
const SETUP_SCRIPT = `
const { MEMBERS, HOSTNAME, DATABASE_USER, DATABASE_PASSWORD } = process.env;
const { setName, isWritablePrimary, secondary } = db.hello();

if (setName === undefined && HOSTNAME.endsWith('-0')) {
  const members = MEMBERS.split(',').map((host, _id) => ({ _id, host }));
  try {
    rs.initiate({ _id: '${REPLICA_SET}', members });
  } catch (error) {
    if (error.codeName !== 'AlreadyInitialized') throw error;
  }
}

if (isWritablePrimary) {
  const admin = db.getSiblingDB('admin');
  const roles = [{ role: 'readWrite', db: '${DATABASE}' }];
  try {
    admin.createUser({ user: DATABASE_USER, pwd: DATABASE_PASSWORD, roles });
  } catch (error) {
    // There is a user: then nobody without a password may make one.
    if (error.codeName !== 'Unauthorized' && error.codeName !== 'Location51003') throw error;
  }
  admin.auth(DATABASE_USER, DATABASE_PASSWORD);
}

quit(isWritablePrimary || secondary ? 0 : 1);
`.trimStart();
