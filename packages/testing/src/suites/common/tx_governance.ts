import { transactionSuite } from "./transactions.ts";

export const suite = transactionSuite("common/tx_governance");
