// Room on the disk, looked at before a transaction. LMDB does not bear a full disk: after some
// transactions that failed there its native code ends the process. Whoever stops because of a full
// disk also needs some room for stopping in order.
import { statfsSync } from "node:fs";

/** Throws an error like the system's if the file system of a file has less room than that. */
export function requireFreeSpace(path: string, bytes: number): void {
  const { bavail, blocks, bsize } = statfsSync(path);
  // File systems without blocks do not say how much room there is.
  if (blocks === 0 || bavail * bsize >= bytes) return;
  const text = `ENOSPC: no space left on device: less than ${Math.ceil(bytes / 2 ** 20)} MiB are free, make room and start again`;
  throw Object.assign(new Error(text), { code: "ENOSPC", syscall: "write", path });
}
