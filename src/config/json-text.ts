/** What stands between bytes on disk and JSON text: encodings, marks and limits, each with a sentence. */
export type JsonText =
  | { ok: true; text: string }
  | { ok: false; offset: number; code: string; message: string; fix: string }

/** The three files have a few hundred lines; the limit keeps a wrong file from filling the memory. */
export const MAX_JSON_BYTES = 10 * 1024 * 1024

/** Decodes UTF-8 strictly. A byte order mark is refused because the AWS CLI refuses it too. */
export function decodeJsonText(bytes: Uint8Array): JsonText {
  if (bytes.length > MAX_JSON_BYTES) {
    return refusal('too-large', 'the file is larger than 10 MiB', 'Is this the right file?')
  }
  if (isUtf16(bytes)) return refusal('utf-16', 'the file is saved as UTF-16', 'Save it as UTF-8 (without BOM).')
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
    return refusal('byte-order-mark', 'the file begins with a byte order mark (BOM)', 'Save it as UTF-8 without BOM.')
  }
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    // The only thing a fatal decoder throws for; its own message says less.
    return refusal('not-utf-8', 'the file is not UTF-8 text', 'Save it as UTF-8. Is this the right file?')
  }
  const nul = text.indexOf('\u0000')
  if (nul !== -1) {
    return { ...refusal('nul', 'there is a NUL character, so this is no text file', 'Remove it.'), offset: nul }
  }
  return { ok: true, text }
}

/** With a mark, or as JSON looks without one: its first character is ASCII, so one of the first two bytes is zero. */
function isUtf16(bytes: Uint8Array): boolean {
  const [first, second] = bytes
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) return true
  return bytes.length >= 4 && (first === 0) !== (second === 0) && (bytes[2] === 0) !== (bytes[3] === 0)
}

function refusal(code: string, message: string, fix: string): Extract<JsonText, { ok: false }> {
  return { ok: false, offset: 0, code, message, fix }
}
