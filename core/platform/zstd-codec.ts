// Zstandard by its WebAssembly build, instantiated at once through Emscripten's hook: batches are read and written in one call, and the
// package's own `init` is asynchronous. Streams say their unpacked size or do not (Kafka's own writer does not): then the room for it
// grows until it fits or the bound is reached.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { BeyondBound, type Codec } from './codec.js';
import { missing } from './codec-package.js';

/** What is used of it: neither Node's types nor the language's know WebAssembly. */
interface WebAssemblyFace {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: object };
}

interface ZstdModule {
  HEAPU8: Uint8Array;
  instantiateWasm?: (imports: object, received: (instance: object) => void) => object;
  init(): void;
  _malloc(sizeBytes: number): number;
  _free(pointer: number): void;
  _ZSTD_compressBound(sizeBytes: number): number;
  _ZSTD_compress(to: number, toBytes: number, from: number, fromBytes: number, level: number): number;
  _ZSTD_decompress(to: number, toBytes: number, from: number, fromBytes: number): number;
  _ZSTD_isError(code: number): number;
}

const packageName = '@bokuweb/zstd-wasm';
const level = 3;
const frameMagic = 0xfd2fb528;
/** ZSTD_error_dstSize_tooSmall, as a result. */
const tooSmall = -70;
const roomBytesMin = 64 * 1024;
const roomGrowth = 4;

export const zstdCodec: Codec = {
  compress(bytes) {
    const zstd = loadedModule();
    const roomBytes = zstd._ZSTD_compressBound(bytes.length);
    return withBoth(zstd, bytes, roomBytes, (to, from) => {
      const size = zstd._ZSTD_compress(to, roomBytes, from, bytes.length, level);
      if (zstd._ZSTD_isError(size)) throw new Error(`zstd error ${-size}`);
      return copied(zstd, to, size);
    });
  },

  decompress(bytes, sizeBytesMax) {
    const zstd = loadedModule();
    // No frame at all is a whole stream to the library, but not to Kafka.
    if (bytes.length === 0) throw new Error('no zstd frame');
    const claimed = contentSize(bytes);
    if (claimed !== undefined && claimed > sizeBytesMax) throw new BeyondBound('zstd');
    let roomBytes = Math.min(sizeBytesMax, claimed ?? Math.max(roomBytesMin, bytes.length * roomGrowth));
    for (;;) {
      const unpacked = decompressInto(zstd, bytes, roomBytes);
      if (unpacked !== undefined) return unpacked;
      if (roomBytes === sizeBytesMax) throw new BeyondBound('zstd');
      roomBytes = Math.min(sizeBytesMax, Math.max(roomBytes, roomBytesMin) * roomGrowth);
    }
  },
};

/** undefined when the room is too small. */
function decompressInto(zstd: ZstdModule, bytes: Uint8Array, roomBytes: number): Uint8Array | undefined {
  return withBoth(zstd, bytes, roomBytes, (to, from) => {
    const size = zstd._ZSTD_decompress(to, roomBytes, from, bytes.length);
    if (size === tooSmall) return undefined;
    if (zstd._ZSTD_isError(size)) throw new Error(`zstd error ${-size}`);
    return copied(zstd, to, size);
  });
}

/** What the first frame says of its unpacked size, if it does. */
function contentSize(bytes: Uint8Array): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 6 || view.getUint32(0, true) !== frameMagic) return undefined;
  const descriptor = bytes[4]!;
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const at = 5 + (isSingleSegment ? 0 : 1) + [0, 1, 2, 4][descriptor & 0x03]!;
  const sizeCode = descriptor >> 6;
  if (at + (1 << sizeCode) > bytes.length) return undefined;
  if (sizeCode === 0) return isSingleSegment ? bytes[at]! : undefined;
  if (sizeCode === 1) return view.getUint16(at, true) + 256;
  return sizeCode === 2 ? view.getUint32(at, true) : Number(view.getBigUint64(at, true));
}

function withBoth<T>(zstd: ZstdModule, bytes: Uint8Array, roomBytes: number, use: (to: number, from: number) => T): T {
  const from = zstd._malloc(bytes.length);
  const to = zstd._malloc(roomBytes);
  try {
    if (from === 0 || to === 0) throw new Error(`no memory for ${roomBytes} bytes`);
    zstd.HEAPU8.set(bytes, from);
    return use(to, from);
  } finally {
    zstd._free(to);
    zstd._free(from);
  }
}

/** The module's memory is used again, and moves when it grows. */
function copied(zstd: ZstdModule, pointer: number, sizeBytes: number): Uint8Array {
  return Buffer.from(zstd.HEAPU8.subarray(pointer, pointer + sizeBytes));
}

let module: ZstdModule | undefined;

function loadedModule(): ZstdModule {
  module ??= load();
  return module;
}

function load(): ZstdModule {
  try {
    const entry = createRequire(import.meta.url).resolve(packageName);
    const { Module: loading } = createRequire(entry)('./zstd') as { Module: ZstdModule };
    loading.instantiateWasm = (imports, received) => {
      const { Module, Instance } = (globalThis as unknown as { WebAssembly: WebAssemblyFace }).WebAssembly;
      const instance = new Instance(new Module(readFileSync(join(dirname(entry), 'zstd.wasm'))), imports);
      received(instance);
      return instance.exports;
    };
    loading.init();
    return loading;
  } catch (cause) {
    throw missing('zstd', packageName, cause);
  }
}
