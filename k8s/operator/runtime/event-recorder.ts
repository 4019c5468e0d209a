import type { ApiObject } from './resource.ts';

export type EventType = 'Normal' | 'Warning';

/** Tells users what happened to an object, in `kubectl describe` and `kubectl get events`. */
export interface EventRecorder {
  /**
   * Returns at once and never fails. The same again raises the count of the event that is there.
   * @param regarding an object that was read from the cluster
   * @param reason one word in CamelCase: `ChainSplit`
   * @param message for people; no secrets, no numbers that change all the time
   */
  record(regarding: ApiObject, type: EventType, reason: string, message: string): void;
}
