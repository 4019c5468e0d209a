import type { SandboxProcess } from '../../dev/sandbox.ts';
import { until } from '../../dev/until.ts';

/** @throws where a process has ended, with its last words */
export function running(process: SandboxProcess): true {
  if (process.result !== undefined) throw new Error(`a process ended with ${process.result}:\n${process.output()}`);
  return true;
}

/** The address of the endpoint of a gateway that starts, once it listens. */
export function untilServing(gateway: SandboxProcess): Promise<string> {
  return until(
    'a gateway to listen',
    () => running(gateway) && /GraphQL is at (\S+?\/graphql)\b/.exec(gateway.output())?.[1],
  );
}
