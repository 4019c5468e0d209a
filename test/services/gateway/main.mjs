// MongoDB's wire protocol in front of PostgreSQL with the DocumentDB extension, for tests and measurements on a machine
// that has no mongod. Each command is passed to the equivalent function of the extension, and BSON passes through
// unchanged. There is no authentication: loopback only.
//   node main.mjs [--port 27117] [--pg postgres://postgres@127.0.0.1:9712/postgres]
import net from 'node:net';
import { parseArgs } from 'node:util';
import { hello, run } from './commands.mjs';
import { errorReply } from './errors.mjs';
import { connect, query } from './postgres.mjs';
import { bodyOf, MessageReader, OP_MSG, OP_QUERY, parseMessage, queryReply, reply } from './wire.mjs';

const { values: args } = parseArgs({
  options: {
    port: { type: 'string', default: '27117' },
    pg: { type: 'string', default: 'postgres://postgres@127.0.0.1:9712/postgres' },
  },
});

async function answer(socket, message) {
  const { requestId, opcode, body } = bodyOf(message);
  if (opcode === OP_QUERY) return socket.write(queryReply(requestId, hello())); // how old drivers introduce themselves
  if (opcode !== OP_MSG) throw new RangeError(`unsupported opcode ${opcode}`);
  const { expectsReply, command, sequence } = parseMessage(body);
  let result;
  try {
    result = await run(command, sequence);
  } catch (error) {
    result = errorReply(error, command);
    if (process.env.GATEWAY_DEBUG) console.error(Object.keys(command)[0], result.errmsg);
  }
  if (expectsReply && socket.writable) socket.write(reply(requestId, result));
}

function serve(socket) {
  const reader = new MessageReader();
  let earlier = Promise.resolve(); // a connection's messages are answered one after the other
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    try {
      for (const message of reader.read(chunk)) {
        earlier = earlier.then(() => answer(socket, message)).catch((error) => socket.destroy(error));
      }
    } catch (error) {
      socket.destroy(error);
    }
  });
}

for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(0));

// It listens only when it can answer, so a program that waits for it can wait for the port.
connect(args.pg);
await query(null, 'SELECT documentdb_api.binary_version()', []);
const server = net.createServer(serve);
server.on('error', (error) => {
  console.error(error.message);
  process.exit(1);
});
server.listen(Number(args.port), '127.0.0.1', () => console.log(`mongodb://127.0.0.1:${args.port} -> ${args.pg}`));
