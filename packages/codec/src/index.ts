export * as proto from "./protobuf/index.ts";
