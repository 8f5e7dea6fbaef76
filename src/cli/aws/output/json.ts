/** JSON as the AWS CLI prints it: four spaces, non-ASCII as it is; an empty answer prints nothing. */
export function toJson(result: unknown): string {
  return `${JSON.stringify(result ?? null, null, 4)}\n`
}
