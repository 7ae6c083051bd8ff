import { MemoryStore } from "./memory-store.ts";
import { complianceTests } from "./testing/compliance.ts";

complianceTests("MemoryStore", () => new MemoryStore());
