const KIBIBYTE = 1024;
const MEBIBYTE = 1024 * 1024;

/** A number, a hash, or a record of a few fields; as much again for what a refusal says. */
const SHORT = 16 * KIBIBYTE;
/** What a node says of itself: addresses and soft forks come as lists. */
const SELF = 256 * KIBIBYTE;
/** A list of what is a neighbour of something: branches, peers, relatives in the mempool. */
const LIST = 4 * MEBIBYTE;
/** What any other call may give. */
const USUAL = 64 * MEBIBYTE;
/** One answer to several calls is asked for in two where it would be longer. */
const TOGETHER = 64 * MEBIBYTE;

/** The longest answer to one call, in bytes, where the caller does not know better. */
const LONGEST: Readonly<Record<string, number>> = {
  activezmqnotifications: SELF,
  getbestblockhash: SHORT,
  getblockchaininfo: SELF,
  getblockcount: SHORT,
  getblockhash: SHORT,
  getblockheader: SHORT,
  getchaintips: LIST,
  getchaintxstats: SHORT,
  getmempoolentry: LIST,
  getmempoolinfo: SHORT,
  getnetworkinfo: SELF,
  getpeerinfo: LIST,
  getzmqnotifications: SELF,
  sendrawtransaction: SHORT,
  submitblock: SHORT,
  submitpackage: SELF,
  testmempoolaccept: SELF,
};

/** The longest answer to some calls of a method, in bytes. @param each of one call, where the caller knows it */
export function longestAnswer(method: string, calls: number, each = LONGEST[method] ?? USUAL): number {
  return calls === 1 ? each : Math.min(calls * each, TOGETHER);
}
