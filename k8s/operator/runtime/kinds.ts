import type { Resource } from './resource.ts';

/** The kinds of Kubernetes that the operator uses, in the versions that it uses. */
export const POD: Resource = { apiVersion: 'v1', kind: 'Pod', plural: 'pods' };
export const SECRET: Resource = { apiVersion: 'v1', kind: 'Secret', plural: 'secrets' };
export const CONFIG_MAP: Resource = { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps' };
export const SERVICE: Resource = { apiVersion: 'v1', kind: 'Service', plural: 'services' };
export const PERSISTENT_VOLUME_CLAIM: Resource = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  plural: 'persistentvolumeclaims',
};
export const EVENT: Resource = { apiVersion: 'v1', kind: 'Event', plural: 'events' };
export const STATEFUL_SET: Resource = { apiVersion: 'apps/v1', kind: 'StatefulSet', plural: 'statefulsets' };
export const DEPLOYMENT: Resource = { apiVersion: 'apps/v1', kind: 'Deployment', plural: 'deployments' };
export const JOB: Resource = { apiVersion: 'batch/v1', kind: 'Job', plural: 'jobs' };
export const LEASE: Resource = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', plural: 'leases' };
export const INGRESS: Resource = { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', plural: 'ingresses' };
export const NETWORK_POLICY: Resource = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  plural: 'networkpolicies',
};
export const POD_DISRUPTION_BUDGET: Resource = {
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  plural: 'poddisruptionbudgets',
};
export const HORIZONTAL_POD_AUTOSCALER: Resource = {
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  plural: 'horizontalpodautoscalers',
};
export const SERVICE_MONITOR: Resource = {
  apiVersion: 'monitoring.coreos.com/v1',
  kind: 'ServiceMonitor',
  plural: 'servicemonitors',
};
