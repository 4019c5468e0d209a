export const OP_QUERY: 2004;
export class MessageReader {
  read(chunk: Buffer): Iterable<Buffer>;
}
export function bodyOf(message: Buffer): { requestId: number; opcode: number; body: Buffer };
export function parseMessage(body: Buffer): { expectsReply: boolean; command: Record<string, unknown> };
export function reply(requestId: number, result: object): Buffer;
export function queryReply(requestId: number, result: object): Buffer;
