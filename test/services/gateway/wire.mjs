// Frames: https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/
import { deserialize, serialize } from './bson.mjs';

export const OP_REPLY = 1;
export const OP_QUERY = 2004;
export const OP_MSG = 2013;
export const MAX_MESSAGE = 48_000_000;

const HEADER = 16;
const CHECKSUM_PRESENT = 1;
const MORE_TO_COME = 2;

let requests = 0;

/** Cuts the bytes of a connection into messages. Chunks are joined once a message is whole, not at each chunk. */
export class MessageReader {
  #chunks = [];
  #buffered = 0;
  #wanted = HEADER;

  *read(chunk) {
    this.#chunks.push(chunk);
    this.#buffered += chunk.length;
    while (this.#buffered >= this.#wanted) {
      const data = this.#chunks.length === 1 ? this.#chunks[0] : Buffer.concat(this.#chunks);
      const length = data.readInt32LE(0);
      if (length < HEADER || length > MAX_MESSAGE + 1024) throw new RangeError(`bad message length ${length}`);
      this.#chunks = [data];
      this.#wanted = length;
      if (this.#buffered < length) return;
      this.#chunks = data.length > length ? [data.subarray(length)] : [];
      this.#buffered -= length;
      this.#wanted = HEADER;
      yield data.subarray(0, length);
    }
  }
}

export function bodyOf(message) {
  return { requestId: message.readInt32LE(4), opcode: message.readInt32LE(12), body: message.subarray(HEADER) };
}

/** An OP_MSG is its command and, for bulk writes, one sequence of documents, which stays raw BSON. */
export function parseMessage(body) {
  const flags = body.readUInt32LE(0);
  const end = flags & CHECKSUM_PRESENT ? body.length - 4 : body.length;
  let command;
  let sequence = null;
  for (let at = 4; at < end; ) {
    const kind = body[at++];
    const section = body.subarray(at, at + body.readInt32LE(at));
    if (kind === 0) command = deserialize(section);
    else if (kind === 1)
      sequence = section.subarray(section.indexOf(0, 4) + 1); // after the size and the name
    else throw new RangeError(`unknown section kind ${kind}`);
    at += section.length;
  }
  return { expectsReply: !(flags & MORE_TO_COME), command, sequence };
}

/** The documents of a sequence, one after the other, each beginning with its size. */
export function documentsOf(sequence) {
  const documents = [];
  for (let at = 0; at < sequence.length; at += documents.at(-1).length) {
    documents.push(sequence.subarray(at, at + sequence.readInt32LE(at)));
  }
  return documents;
}

/** @param result a document, or one that is serialized already */
export function reply(requestId, result) {
  return frame(OP_MSG, requestId, [Buffer.alloc(5), Buffer.isBuffer(result) ? result : serialize(result)]);
}

export function queryReply(requestId, result) {
  const prefix = Buffer.alloc(20);
  prefix.writeInt32LE(8, 0); // AwaitCapable
  prefix.writeInt32LE(1, 16); // one document
  return frame(OP_REPLY, requestId, [prefix, serialize(result)]);
}

function frame(opcode, responseTo, parts) {
  const header = Buffer.alloc(HEADER);
  header.writeInt32LE(
    parts.reduce((length, part) => length + part.length, HEADER),
    0,
  );
  header.writeInt32LE(requests++ | 0, 4);
  header.writeInt32LE(responseTo, 8);
  header.writeInt32LE(opcode, 12);
  return Buffer.concat([header, ...parts]);
}
