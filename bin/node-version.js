// Plain JavaScript, which an old Node can read too, so that it can say what to do.

export const NEEDED_NODE = 24;

export function isNodeTooOld() {
  return Number(process.versions.node.split('.')[0]) < NEEDED_NODE;
}
