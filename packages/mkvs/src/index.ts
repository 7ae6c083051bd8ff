export * from "./checkpoint/snappy-decode.ts";
export * from "./checkpoint/snappy-encode.ts";
export * from "./checkpoint/snappy-writer.ts";
