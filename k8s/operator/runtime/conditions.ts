import type { Condition, ConditionStatus, Finding } from '../../api/conditions.ts';
import type { ApiObject } from './resource.ts';

/** An object whose status has conditions. */
export interface ConditionedObject extends ApiObject {
  readonly status?: { readonly conditions?: readonly Condition[] };
}

/** What an object's status last said of a condition. */
export function conditionOf({ status }: Pick<ConditionedObject, 'status'>, type: string): Condition | undefined {
  return status?.conditions?.find((condition) => condition.type === type);
}

export function finding<Type extends string>(
  type: Type,
  status: ConditionStatus,
  reason: string,
  message: string,
): Finding & { readonly type: Type } {
  return { type, status, reason, message };
}
