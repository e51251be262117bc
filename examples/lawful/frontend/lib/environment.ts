/** An environment variable that the application cannot run without. */
export function required(name: string, value: string | undefined): string {
  if (!value) {
    throw new Error(`${name} is not set`);
  }
  return value;
}
