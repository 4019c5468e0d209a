const MEANINGS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there',
  EADDRNOTAVAIL: 'this machine does not have that address',
  EACCES: 'this user has no permission: ports below 1024 are reserved for root',
  ENOTFOUND: 'no host has this name',
  EAI_AGAIN: 'the name of the host cannot be looked up now',
  EAFNOSUPPORT: 'this machine does not support that kind of address',
  EINVAL: 'it is not possible to listen at that address',
};

/** Why nobody can listen at a host and port: a clause, with the system's code. */
export function portFailure(error: unknown): string {
  const { code = 'UNKNOWN' } = error as NodeJS.ErrnoException;
  return `${MEANINGS[code] ?? 'the system refuses it'} (${code})`;
}
