/** Hex digits, with spaces for the eye. */
export function hex(strings: TemplateStringsArray, ...values: string[]): string {
  return String.raw({ raw: strings }, ...values).replaceAll(/\s/g, '')
}
