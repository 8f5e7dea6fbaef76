/**
 * Text from outside, made safe to show: control characters (also those of the C1 block) and the marks that turn the
 * reading direction could move the cursor, recolour the screen or disguise a name. Line ends and tabs stay.
 */
export function plainText(text: string): string {
  return text.replace(UNSAFE, '')
}

/** As `plainText`, for a place that must stay on one line. */
export function plainLine(text: string): string {
  return plainText(text).replace(/[\r\n\t\u2028\u2029]+/g, ' ')
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: taking them out is the purpose
const UNSAFE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g
