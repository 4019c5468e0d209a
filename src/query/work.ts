/** What is done for a request, as it is done: what its caller pays, and when others have their turn. */
export interface Work {
  /**
   * Counts what is about to be done, or was found, in points of the price.
   * @throws COST_EXCEEDED, RATE_LIMITED, TIMEOUT where no more is to be done
   */
  add(points: number): void;
  /** Counts memory that is kept until the request is answered, in bytes. @throws OVERLOADED */
  hold(bytes: number): void;
  /** Whether others may go first where something is to be read. */
  readonly isPatient: boolean;
  /**
   * To be asked between pieces of work, and waited for: what goes on for long lets others go first.
   * @returns null where it may go on at once
   */
  goOn(): Promise<void> | null;
  /** Calls back once all is done that can be done now, so that what is to be read goes to the store together. */
  whenDone(callBack: () => void): void;
}

/** For whoever pays nothing and holds up nobody. */
export const FREE_WORK: Work = { add() {}, hold() {}, isPatient: false, goOn: () => null, whenDone: afterPromises };

/** Once all promises that are settled now have been seen to. */
export function afterPromises(callBack: () => void): void {
  void Promise.resolve().then(() => process.nextTick(callBack));
}
