/**
 * Milliseconds since 1970 by the clock with which this process began: whoever sets the clock meanwhile makes nothing last longer or
 * shorter. For how long something is kept, not for when it was.
 */
export function steadyNow(): number {
  return performance.timeOrigin + performance.now();
}
