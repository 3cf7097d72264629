/** Says it on the console of this process, for applications that give nobody to hear it. */
export function tellOnConsole({ message }: Error): void {
  console.warn(`millrace: ${message}`);
}
