import { describe, expect, it } from 'vitest'
import type { ValidationResult } from '../../src/config/validate-files.js'
import { VALIDATION_FORMATS } from '../../src/ui/validation-formats.js'

const bad: ValidationResult = {
  valid: false,
  files: [
    { file: 'good.json', kind: 'log-delivery', findings: [] },
    {
      file: 'bad.json',
      kind: 'replication-info',
      findings: [
        {
          file: 'bad.json',
          line: 12,
          column: 4,
          pointer: '/0/x',
          severity: 'error',
          code: 'unknown-key',
          message: 'The key "x\u001b[31m" is not known here.',
          fix: 'Did you mean "y"?',
          sourceLine: '\t\t\t"x": 1,',
        },
        { file: 'bad.json', line: 13, column: 1, pointer: '', severity: 'warning', code: 'w', message: 'Careful.' },
      ],
    },
  ],
}
const good: ValidationResult = { valid: true, files: [bad.files[0]!, bad.files[0]!] }

describe('pretty', () => {
  const pretty = VALIDATION_FORMATS.pretty!

  it('shows place, word, message, rule, the line with a caret, the fix, and the verdict last', () => {
    expect(pretty(bad, { color: false })).toBe(
      [
        'bad.json:12:4  error  The key "x[31m" is not known here. (unknown-key)',
        '    12 |    "x": 1,',
        '       |    ^',
        '    fix: Did you mean "y"?',
        'bad.json:13:1  warning  Careful. (w)',
        '',
        '1 problem in 1 file, 1 warning',
        '',
      ].join('\n'),
    )
    expect(pretty(good, { color: false })).toBe('2 files valid\n')
  })

  it('says the same without colour', () => {
    const coloured = pretty(bad, { color: true })
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the colours are what is removed
    expect(coloured.replace(/\u001b\[\d+m/g, '')).toBe(pretty(bad, { color: false }))
    expect(coloured).not.toBe(pretty(bad, { color: false }))
  })

  it('cuts a long line around the place', () => {
    const finding = {
      ...bad.files[1]!.findings[0]!,
      column: 5001,
      sourceLine: `${' '.repeat(5000)}X${' '.repeat(5000)}`,
    }
    const [, line, caret] = pretty(
      { ...bad, files: [{ ...bad.files[1]!, findings: [finding] }] },
      { color: false },
    ).split('\n')
    expect(line!.length).toBeLessThan(120)
    expect(line!.indexOf('X')).toBe(caret!.indexOf('^'))
  })
})

it('json has the verdict, the kinds and every finding', () => {
  const value = JSON.parse(VALIDATION_FORMATS.json!(bad, { color: true }))
  expect(value).toMatchObject({ valid: false, files: [{ kind: 'log-delivery' }, { file: 'bad.json' }] })
  expect(value.findings.map(({ code }: { code: string }) => code)).toEqual(['unknown-key', 'w'])
  expect(value.findings[0].sourceLine).toBeUndefined()
})
