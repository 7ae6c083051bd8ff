// Makes the thread's realm the same on every node: what differs between machines or moments is
// replaced or removed, and nothing shared can be changed, so that no call leaves a trace for the
// next one outside the state. Only for a thread that runs nothing but runtime code; the kit's own
// modules must be loaded before. The choice is explained in docs/decisions.

/** Global names that runtime code keeps. Of the language all but what shows memory, time or place. */
const KEPT = new Set<PropertyKey>([
  ..."globalThis Infinity NaN undefined eval isFinite isNaN parseFloat parseInt".split(" "),
  ..."decodeURI decodeURIComponent encodeURI encodeURIComponent escape unescape".split(" "),
  ..."Array ArrayBuffer BigInt BigInt64Array BigUint64Array Boolean DataView Date".split(" "),
  ..."Error AggregateError EvalError RangeError ReferenceError SyntaxError TypeError URIError".split(" "),
  ..."Float32Array Float64Array Function Int8Array Int16Array Int32Array Iterator JSON Map Math".split(" "),
  ..."Number Object Promise Proxy Reflect RegExp Set String Symbol SuppressedError".split(" "),
  ..."Uint8Array Uint8ClampedArray Uint16Array Uint32Array WeakMap WeakSet".split(" "),
  ..."DisposableStack TextDecoder TextEncoder".split(" "),
]);

/** What depends on the locale of the machine, or on data of the engine that change with its version. */
const LOCAL_METHODS: readonly (readonly [object, readonly string[]])[] = [
  [String.prototype, ["localeCompare", "toLocaleLowerCase", "toLocaleUpperCase"]],
  [Number.prototype, ["toLocaleString"]],
  [BigInt.prototype, ["toLocaleString"]],
  [Array.prototype, ["toLocaleString"]],
  [Object.getPrototypeOf(Uint8Array.prototype) as object, ["toLocaleString"]],
  [Date.prototype, ["toLocaleString", "toLocaleDateString", "toLocaleTimeString"]],
  [Math, ["random"]],
];

/** Prototypes from which classes and plain objects inherit names that they assign. */
const OVERRIDABLE: readonly object[] = [
  ...[Object, Function, Date, Map, Set, Promise, RegExp].map(({ prototype }) => prototype as object),
  ...[Error, AggregateError, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map(
    ({ prototype }) => prototype as object,
  ),
];

/** Sets the time that runtime code sees. */
export type SetClock = (milliseconds: number) => void;

/** What regular expressions remember of the last match, whoever made it. */
const MATCH_MEMORY = [
  ..."input lastMatch lastParen leftContext rightContext".split(" "),
  ..."$_ $& $+ $` $' $1 $2 $3 $4 $5 $6 $7 $8 $9".split(" "),
];

/**
 * Locks the realm for good. `console` is where runtime code writes its log; the modules are what it
 * shares with the kit.
 */
export function lockDown(console: object, modules: readonly object[]): SetClock {
  const setClock = replaceDate();
  for (const [owner, names] of LOCAL_METHODS) for (const name of names) forbid(owner, name);
  for (const name of Reflect.ownKeys(globalThis)) {
    if (typeof name === "string" && !KEPT.has(name)) Reflect.deleteProperty(globalThis, name);
  }
  for (const name of MATCH_MEMORY) Reflect.deleteProperty(RegExp, name);
  Object.defineProperty(globalThis, "console", { value: console, enumerable: false });
  for (const prototype of OVERRIDABLE) allowOverride(prototype);
  freezeAll([globalThis, ...hiddenIntrinsics(), ...modules.flatMap(exportsOf)]);
  return setClock;
}

function forbid(owner: object, name: string): void {
  const value = function (): never {
    throw new TypeError(`${name} is not available in a runtime: its result would differ between nodes`);
  };
  Object.defineProperty(owner, name, { value, writable: true, enumerable: false, configurable: true });
}

/** A Date whose "now" is set from outside. Local time is what the process has; it should be UTC. */
function replaceDate(): SetClock {
  const Real = Date;
  let now = 0;
  const RoundDate = function (this: unknown, ...args: unknown[]): unknown {
    if (new.target === undefined) return new Real(now).toString();
    return Reflect.construct(Real, args.length === 0 ? [now] : args, new.target === RoundDate ? Real : new.target);
  };
  const { prototype } = Real;
  for (const [name, value] of Object.entries({ now: () => now, parse: Real.parse, UTC: Real.UTC, prototype })) {
    Object.defineProperty(RoundDate, name, { value, writable: name !== "prototype", enumerable: false });
  }
  Object.defineProperty(RoundDate, "name", { value: "Date" });
  Object.defineProperty(prototype, "constructor", { value: RoundDate, writable: true, configurable: true });
  Object.defineProperty(globalThis, "Date", { value: RoundDate, writable: true, configurable: true });
  return (milliseconds) => {
    now = milliseconds;
  };
}

/**
 * An object cannot assign what it inherits from a frozen one (`this.name = ...` in a subclass of
 * Error). As an accessor the inherited property lets the object define its own.
 */
function allowOverride(prototype: object): void {
  for (const key of Reflect.ownKeys(prototype)) {
    const descriptor = Reflect.getOwnPropertyDescriptor(prototype, key);
    if (descriptor?.configurable !== true || descriptor.writable !== true) continue;
    const { value, enumerable = false } = descriptor as { readonly value: unknown; readonly enumerable?: boolean };
    Object.defineProperty(prototype, key, {
      get: () => value,
      set(this: object, own: unknown) {
        if (this === prototype) throw new TypeError(`cannot change ${String(key)} of a shared object`);
        Object.defineProperty(this, key, { value: own, writable: true, enumerable: true, configurable: true });
      },
      enumerable,
      configurable: false,
    });
  }
}

/** Prototypes that no global name leads to. */
function hiddenIntrinsics(): object[] {
  const generator = function* (): Generator<undefined> {
    yield undefined;
  };
  const asyncGenerator = async function* (): AsyncGenerator<undefined> {
    yield undefined;
  };
  const asynchronous = async (): Promise<void> => undefined;
  const iterators = [[], new Map(), new Set(), ""].map((each) => each[Symbol.iterator]() as object);
  return [generator, asyncGenerator, asynchronous, ...iterators, "".matchAll(/x/g)].map(
    (each) => Object.getPrototypeOf(each) as object,
  );
}

/** A bundler makes namespaces objects whose members are all accessors. */
function isNamespace(value: object): boolean {
  const descriptors = Object.values(Object.getOwnPropertyDescriptors(value));
  return descriptors.length > 0 && descriptors.every(({ get }) => get !== undefined);
}

/** A namespace, its exports, and those of the namespaces among them. */
function exportsOf(module: object): object[] {
  const values: unknown[] = Object.values(module);
  const objects = values.filter((value) => typeof value === "object" || typeof value === "function") as (
    | object
    | null
  )[];
  return [
    module,
    ...objects.flatMap((value) => (value === null ? [] : isNamespace(value) ? exportsOf(value) : [value])),
  ];
}

/** Freezes everything that can be reached, but for bytes, which cannot be frozen. */
function freezeAll(roots: readonly object[]): void {
  const seen = new Set<object>();
  const pending: object[] = [];
  const add = (value: unknown): void => {
    if ((typeof value !== "object" && typeof value !== "function") || value === null || seen.has(value)) return;
    seen.add(value);
    pending.push(value);
  };
  for (const root of roots) add(root);
  for (let object = pending.pop(); object !== undefined; object = pending.pop()) {
    add(Object.getPrototypeOf(object));
    for (const key of Reflect.ownKeys(object)) {
      const descriptor = Reflect.getOwnPropertyDescriptor(object, key);
      add(descriptor?.value);
      add(descriptor?.get);
      add(descriptor?.set);
    }
    if (!ArrayBuffer.isView(object)) Object.freeze(object);
  }
}
