import { createServer, type Server } from 'node:net';
import { bodyOf, MessageReader, OP_QUERY, parseMessage, queryReply, reply } from '../services/gateway/wire.mjs';

const HELLO = {
  ok: 1,
  isWritablePrimary: true,
  helloOk: true,
  minWireVersion: 0,
  maxWireVersion: 21,
  maxBsonObjectSize: 16_777_216,
  maxMessageSizeBytes: 48_000_000,
  maxWriteBatchSize: 100_000,
  logicalSessionTimeoutMinutes: 30,
};

/** A server's refusal of a command. */
export interface Refusal {
  readonly code: number;
  readonly codeName: string;
  readonly errmsg: string;
}

/** Greets as MongoDB does, and refuses everything else: for refusals that a real server does not give on demand. */
export function refusingMongodb(refusal: Refusal): Server {
  return createServer((socket) => {
    const reader = new MessageReader();
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      for (const message of reader.read(chunk)) {
        const { requestId, opcode, body } = bodyOf(message);
        if (opcode === OP_QUERY) {
          socket.write(queryReply(requestId, HELLO));
          continue;
        }
        const [name = ''] = Object.keys(parseMessage(body).command);
        const isGreeting = /^(hello|ismaster|endSessions)$/i.test(name);
        socket.write(reply(requestId, isGreeting ? HELLO : { ok: 0, ...refusal }));
      }
    });
  });
}
