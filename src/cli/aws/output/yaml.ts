import { stringify } from 'yaml'

/** Block YAML with sorted keys, quoted as YAML 1.1 needs it (`'2026-01-02T…'`, `'yes'`), as the AWS CLI prints it. */
export function toYaml(result: unknown): string {
  const document = stringify(result ?? null, {
    version: '1.1',
    sortMapEntries: true,
    indentSeq: false,
    singleQuote: true,
    aliasDuplicateObjects: false,
    lineWidth: 80,
    minContentWidth: 0,
  })
  const plainScalar = (typeof result !== 'object' || result === null) && !/^['"|>]/.test(document)
  // A bare scalar could go on in the next line, so the AWS CLI's writer closes the document.
  return plainScalar ? `${document}...\n` : document
}
