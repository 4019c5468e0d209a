export class CommandError extends Error {
  constructor(code, codeName, message) {
    super(message);
    this.code = code;
    this.codeName = codeName;
  }
}

export const WRITE_CONFLICT = 112;
const NO_SUCH_TRANSACTION = 251;

/** SQLSTATE to MongoDB's error: PostgreSQL's own states, and those of the extension (M...) on which clients act. */
const BY_STATE = {
  23505: [11000, 'DuplicateKey'],
  40001: [WRITE_CONFLICT, 'WriteConflict'],
  '40P01': [WRITE_CONFLICT, 'WriteConflict'],
  '55P03': [WRITE_CONFLICT, 'WriteConflict'],
  57014: [50, 'MaxTimeMSExpired'],
  M0001: [2, 'BadValue'],
  M0004: [14, 'TypeMismatch'],
  M000S: [86, 'IndexKeySpecsConflict'],
  M000U: [115, 'CommandNotSupported'],
  M001C: [11000, 'DuplicateKey'],
  M001M: [15955, 'Location15955'],
  M007U: [40324, 'Location40324'],
  M009H: [51091, 'Location51091'],
};

export const noSuchTransaction = () =>
  new CommandError(NO_SUCH_TRANSACTION, 'NoSuchTransaction', 'no such transaction');

export function commandError(error) {
  if (error instanceof CommandError) return error;
  const known = BY_STATE[error.code];
  if (known) return new CommandError(...known, error.message);
  return new CommandError(1, 'InternalError', `${error.message} (SQLSTATE ${error.code ?? 'none'})`);
}

/** A write error carries its SQLSTATE as an integer, six bits a character, the first one lowest. */
export function writeErrorCode(packed) {
  let state = '';
  for (let shift = 0; shift < 30; shift += 6) state += String.fromCharCode(((packed >> shift) & 0x3f) + 48);
  return BY_STATE[state] ?? [1, 'InternalError'];
}

export function errorReply(error, command) {
  const { code, codeName, message } = commandError(error);
  const transient = code === NO_SUCH_TRANSACTION || (code === WRITE_CONFLICT && command.autocommit === false);
  return { ok: 0, errmsg: message, code, codeName, ...(transient && { errorLabels: ['TransientTransactionError'] }) };
}
