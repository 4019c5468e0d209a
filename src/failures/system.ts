/** What the system's codes for a file or folder mean, in our words. */
const FILE_MEANINGS: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  EACCES: 'this user has no permission',
  EPERM: 'this user has no permission',
  EROFS: 'its disk is read-only',
  ENOSPC: 'its disk is full',
  EDQUOT: "this user's quota on its disk is used up",
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is not a folder',
  EEXIST: 'it exists already',
  ELOOP: 'its symbolic links form a loop',
  ENAMETOOLONG: 'its name is too long',
  EMFILE: 'this program has reached its limit of open files',
  ENFILE: 'this machine has reached its limit of open files',
  EBUSY: 'another program uses it',
  ETXTBSY: 'another program uses it',
  EIO: 'its disk cannot be read or written',
  ESTALE: 'its disk was removed',
  ENODEV: 'its disk was removed',
  ENXIO: 'it is not a file that can be opened',
  EINVAL: 'its file system does not support that',
  ENOTSUP: 'its file system does not support that',
};

/** Why the system refuses an operation on a file: a clause, with the system's code. The caller names the file. */
export function fileFailure(error: unknown): string {
  const { code = 'UNKNOWN' } = error as NodeJS.ErrnoException;
  return `${FILE_MEANINGS[code] ?? 'the system refuses to use it'} (${code})`;
}

const PORT_MEANINGS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there',
  EADDRNOTAVAIL: 'this machine does not have that address',
  EACCES: 'this user has no permission: ports below 1024 are reserved for root',
  ENOTFOUND: 'no host has this name',
  EAI_AGAIN: 'the name of the host cannot be looked up now',
  EAFNOSUPPORT: 'this machine does not support that kind of address',
  EINVAL: 'it is not possible to listen at that address',
};

/** Why a server cannot listen at a host and port: a clause, with the system's code. */
export function portFailure(error: unknown): string {
  const { code = 'UNKNOWN' } = error as NodeJS.ErrnoException;
  return `${PORT_MEANINGS[code] ?? 'the system refuses it'} (${code})`;
}
