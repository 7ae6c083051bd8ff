import { testSigner } from "@wadi/crypto";
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import { SignatureThread, SignatureThreadUser } from "./signature-thread.ts";

const signers = Array.from({ length: 3 }, (_, i) => testSigner(`signature thread test ${i}`));

/** Item `i`: a digest, signed by one of the signers; every third signature is damaged. */
function item(i: number) {
  const signer = signers[i % signers.length]!;
  const digest = new Uint8Array(32).fill(i);
  const signature = signer.privateKey().signRaw(digest);
  const isGood = i % 3 !== 2;
  if (!isGood) signature[i % 64]! ^= 1;
  return { publicKey: signer.publicKey, digest, signature, isGood };
}

function asked(thread: SignatureThreadUser, i: number): Promise<boolean> {
  const { publicKey, digest, signature } = item(i);
  return new Promise((resolve) => thread.verify(publicKey, digest, signature, resolve));
}

describe("the thread of signatures", () => {
  it("answers each once and for itself, in one turn and over several", async () => {
    await using thread = new SignatureThreadUser();
    const indexes = Array.from({ length: 50 }, (_, i) => i);
    const answers = await Promise.all(indexes.map((i) => asked(thread, i)));
    assert.deepEqual(
      answers,
      indexes.map((i) => item(i).isGood),
    );
    for (const i of [1, 2, 3]) assert.equal(await asked(thread, i), item(i).isGood);
  });

  it("takes a key that is no point as a signature that is not good", async () => {
    await using thread = new SignatureThreadUser();
    const { digest, publicKey, signature } = item(0);
    const strange = `${"ff".repeat(31)}7f` as typeof publicKey;
    const answer = await new Promise((resolve) => thread.verify(strange, digest, signature, resolve));
    assert.equal(answer, false);
    assert.equal(await asked(thread, 0), true);
  });

  it("leaves all to others once it has failed", async () => {
    for (const failure of ["throw new Error('broken')", "process.exit(3)"]) {
      const thread = new SignatureThread(
        `require("node:worker_threads").parentPort.once("message", () => { ${failure} })`,
      );
      const ask = (i: number): Promise<boolean> => {
        const { digest, publicKey, signature } = item(i);
        return new Promise((resolve) => thread.verify(publicKey, digest, signature, resolve));
      };
      assert.deepEqual(await Promise.all([ask(0), ask(1)]), [false, false], failure);
      assert.equal(await ask(0), false, failure);
      await thread.end();
    }
  });

  it("ends while answers are on their way, in a process that has nothing else to do", async () => {
    const late = `const { parentPort } = require("node:worker_threads");
      parentPort.once("message", () => {
        parentPort.postMessage([1]);
        setTimeout(() => parentPort.postMessage([1]), 50);
      });`;
    const program = `
      import { SignatureThread } from ${JSON.stringify(new URL("signature-thread.ts", import.meta.url).href)};
      const thread = new SignatureThread(${JSON.stringify(late)});
      const bytes = new Uint8Array(64);
      const ask = (done) => thread.verify("01".repeat(32), bytes.subarray(32), bytes, done);
      await new Promise((resolve) => [resolve, () => undefined].forEach(ask));
      for (const end = Date.now() + 300; Date.now() < end; );
      await thread.end();
      console.log("ended");`;
    const args = ["--conditions=wadi-source", "--input-type=module", "--eval", program];
    const { stderr, stdout } = await promisify(execFile)(process.execPath, args);
    assert.deepEqual([stdout, stderr], ["ended\n", ""]);
  });

  it("serves several users, tells nothing to those that are gone, and begins anew after the last", async () => {
    await using stays = new SignatureThreadUser();
    const leaves = new SignatureThreadUser();
    const told: boolean[] = [];
    const { digest, publicKey, signature } = item(0);
    leaves.verify(publicKey, digest, signature, (isGood) => told.push(isGood));
    const waiting = asked(stays, 1);
    await leaves[Symbol.asyncDispose]();
    leaves.verify(publicKey, digest, signature, (isGood) => told.push(isGood));
    assert.equal(await waiting, true);
    await stays[Symbol.asyncDispose]();
    assert.deepEqual(told, []);
    await using next = new SignatureThreadUser();
    assert.equal(await asked(next, 3), true);
  });

  it("neither keeps a process from its end nor lets it end before the thread has", () => {
    const run = (body: string) => {
      const source = `
        import { testSigner } from "@wadi/crypto";
        import { SignatureThreadUser } from ${JSON.stringify(new URL("./signature-thread.ts", import.meta.url).href)};
        const signer = testSigner("end");
        const digest = new Uint8Array(32);
        const signature = signer.privateKey().signRaw(digest);
        const thread = new SignatureThreadUser();
        const answer = await new Promise((resolve) => thread.verify(signer.publicKey, digest, signature, resolve));
        ${body}`;
      const options = ["--conditions=wadi-source", "--no-warnings", "--input-type=module-typescript", "--eval", source];
      const cwd = import.meta.dirname;
      const { status, stdout, stderr } = spawnSync(process.execPath, options, {
        cwd,
        encoding: "utf8",
        timeout: 60_000,
      });
      assert.deepEqual({ status, stdout: stdout.trim() }, { status: 0, stdout: "true" }, stderr);
    };
    run("console.log(answer);");
    run("await thread[Symbol.asyncDispose](); console.log(answer);");
    // With answers on their way.
    run(`await new Promise((resolve) => {
        for (let i = 0; i < 100; i++) thread.verify(signer.publicKey, digest, signature, resolve);
      });
      await thread[Symbol.asyncDispose]();
      console.log(answer);`);
  });
});
