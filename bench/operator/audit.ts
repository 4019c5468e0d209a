import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** A request that the API server answered; for a watch, its start or end. */
export interface AuditedRequest {
  readonly verb: string;
  readonly resource: string;
  readonly name: string;
  readonly isWrite: boolean;
}

interface AuditEvent {
  readonly verb: string;
  readonly stage: string;
  readonly userAgent?: string;
  readonly requestURI: string;
  readonly objectRef?: { readonly resource?: string; readonly subresource?: string; readonly name?: string };
}

const OPERATOR = 'bitql-operator';
const WRITES: readonly string[] = ['create', 'update', 'patch', 'delete'];

/** Reads the new part of the API server's audit log: only requests of the operator, without leases. */
export class AuditLog {
  readonly #path: string;
  #read = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** The requests since the last call. */
  next(): AuditedRequest[] {
    const file = openSync(this.#path, 'r');
    try {
      const bytes = Buffer.alloc(fstatSync(file).size - this.#read);
      readSync(file, bytes, 0, bytes.length, this.#read);
      const end = bytes.lastIndexOf('\n') + 1;
      this.#read += end;
      const lines = bytes.toString('utf8', 0, end).split('\n');
      return lines.filter((line) => line.includes(OPERATOR)).flatMap(requestIn);
    } finally {
      closeSync(file);
    }
  }
}

function requestIn(line: string): AuditedRequest[] {
  const { verb, stage, userAgent, objectRef = {}, requestURI } = JSON.parse(line) as AuditEvent;
  const isOne = stage === (verb === 'watch' ? 'ResponseStarted' : 'ResponseComplete');
  if (userAgent !== OPERATOR || !isOne || objectRef.resource === 'leases') return [];
  const { resource = requestURI.split('?')[0]!, subresource, name = '' } = objectRef;
  const what = subresource === undefined ? resource : `${resource}/${subresource}`;
  return [{ verb, resource: what, name, isWrite: WRITES.includes(verb) }];
}
