// Failures of the file system as operators know them from the reference.
import { getSystemErrorMessage } from "node:util";

/** Where libuv's text is not that of the operating system, which Go prints. */
const SYSTEM_TEXTS: Readonly<Record<string, string>> = {
  EISDIR: "is a directory",
  ELOOP: "too many levels of symbolic links",
  ENAMETOOLONG: "file name too long",
};

/** Whether the operating system refused something, as opposed to a defect of the program. */
export function isSystemError(e: unknown): e is NodeJS.ErrnoException & { readonly errno: number } {
  return e instanceof Error && "errno" in e && typeof e.errno === "number";
}

/** `open <path>: no such file or directory`, as Go prints it; the path defaults to the error's own. */
export function describeFileError(e: unknown, path?: string): string {
  if (!isSystemError(e)) return e instanceof Error ? e.message : String(e);
  const { code = "", errno, syscall = "open" } = e;
  return `${syscall} ${path ?? e.path ?? ""}: ${SYSTEM_TEXTS[code] ?? getSystemErrorMessage(errno)}`;
}
