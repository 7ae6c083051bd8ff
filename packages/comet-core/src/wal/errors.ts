// Failures of the write-ahead log.
import { registerError } from "@wadi/util";

const module = "cometbft/wal";

export const ErrWalRecordTooBig = registerError(module, 1, "WAL record is too big");
/** Records that are needed are damaged and cannot be cut away; data: file, offset. */
export const ErrWalCorrupted = registerError(module, 2, "the write-ahead log is corrupted");
/** The log has finished a height that the engine has not reached. */
export const ErrWalEndHeight = registerError(module, 3, "the write-ahead log is ahead of the engine");
