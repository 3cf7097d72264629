// Files as the log uses them: synchronous writes and hot reads, asynchronous fdatasync and cold reads.
// Paths are absolute, or relative to the working directory; parents must exist (makeDirectory makes them).
// Every failure is thrown as WorldFault with the path and the system's error as cause.

export interface DiskFile {
  readonly path: string;
  sizeBytes(): number;
  /** Writes all of bytes[start, end) at `position`; a file grows as needed. */
  write(bytes: Uint8Array, start: number, end: number, position: number): void;
  /** Reads up to target.length - targetStart bytes; returns how many came (fewer only at the end of the file). */
  read(target: Uint8Array, targetStart: number, length: number, position: number): number;
  readAsync(target: Uint8Array, targetStart: number, length: number, position: number): Promise<number>;
  /** fdatasync. When it fails, what was written since the last success may be lost for good: never retry. */
  flush(): Promise<void>;
  flushNow(): void;
  truncate(sizeBytes: number): void;
  close(): void;
}

/** Who holds a directory; released by itself when the process dies, however it dies. */
export interface DirectoryLock {
  release(): Promise<void>;
}

export interface Disk {
  /** Paths are the operating system's: native libraries that open files by themselves may be given them. */
  readonly isNative?: boolean;
  /** `create` makes the file when it is missing; `read` refuses one that is not there. */
  open(path: string, mode: 'read' | 'create'): DiskFile;
  exists(path: string): boolean;
  readFile(path: string): Uint8Array;
  /** Writes to a temporary file beside it, flushes, renames over `path`, flushes the directory. */
  replaceFile(path: string, bytes: Uint8Array): void;
  /** Names of the entries, sorted; without `.` and `..`. */
  list(path: string): readonly string[];
  /** Makes the directory and the parents it lacks; each is durable in the one above when this returns. */
  makeDirectory(path: string): void;
  rename(from: string, to: string): void;
  removeFile(path: string): void;
  /** Only an empty one. */
  removeDirectory(path: string): void;
  /** Makes renames, creations and removals in this directory durable. */
  flushDirectory(path: string): void;
  /** Rejects with UsageError naming the holder when another process (or this one) holds it. */
  lockDirectory(path: string): Promise<DirectoryLock>;
}
