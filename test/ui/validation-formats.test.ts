import { describe, expect, it } from 'vitest'
import type { ValidationResult } from '../../src/config/validate-files.js'
import { ExitCode, UserError } from '../../src/errors.js'
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
const unreadable = new UserError('The file /elsewhere/b.json cannot be read.', { exitCode: ExitCode.Environment })
const PLAIN = { color: false, workingDirectory: '/repo/deploy', root: '/repo', version: '1.2.3' }
const COLOURED = { ...PLAIN, color: true }
const good: ValidationResult = { valid: true, files: [bad.files[0]!, bad.files[0]!] }

describe('pretty', () => {
  const pretty = VALIDATION_FORMATS.pretty!

  it('shows place, word, message, rule, the line with a caret, the fix, and the verdict last', () => {
    expect(pretty(bad, PLAIN)).toBe(
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
    expect(pretty(good, PLAIN)).toBe('2 files valid\n')
  })

  it('says the same without colour', () => {
    const coloured = pretty(bad, COLOURED)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the colours are what is removed
    expect(coloured.replace(/\u001b\[\d+m/g, '')).toBe(pretty(bad, PLAIN))
    expect(coloured).not.toBe(pretty(bad, PLAIN))
  })

  it('cuts a long line around the place', () => {
    const finding = {
      ...bad.files[1]!.findings[0]!,
      column: 5001,
      sourceLine: `${' '.repeat(5000)}X${' '.repeat(5000)}`,
    }
    const [, line, caret] = pretty({ ...bad, files: [{ ...bad.files[1]!, findings: [finding] }] }, PLAIN).split('\n')
    expect(line!.length).toBeLessThan(120)
    expect(line!.indexOf('X')).toBe(caret!.indexOf('^'))
  })
})

it('json has the verdict, the kinds and every finding', () => {
  const value = JSON.parse(VALIDATION_FORMATS.json!(bad, COLOURED))
  expect(value).toMatchObject({ valid: false, files: [{ kind: 'log-delivery' }, { file: 'bad.json' }] })
  expect(value.findings.map(({ code }: { code: string }) => code)).toEqual(['unknown-key', 'w'])
  expect(value.findings[0].sourceLine).toBeUndefined()
})

/** A name, a message and a fix with all that means something in one of the formats. */
const nasty: ValidationResult = {
  valid: false,
  files: [
    {
      file: 'a %,:&<"\'é.json',
      kind: 'connections',
      findings: [
        {
          file: 'a %,:&<"\'é.json',
          line: 3,
          column: 7,
          pointer: '/a~1b',
          severity: 'error',
          code: 'unknown-key',
          message: '100%\r\n::error::<b>&"\u0000\u001b[31m\ud800\ufffe',
          fix: 'Write "x".',
        },
        { ...bad.files[1]!.findings[1]!, file: 'a %,:&<"\'é.json', severity: 'note' },
      ],
    },
    { file: '/elsewhere/b.json', kind: undefined, findings: [], unreadable },
  ],
}

describe('sarif', () => {
  const [run] = JSON.parse(VALIDATION_FORMATS.sarif!(nasty, PLAIN)).runs
  const whole = JSON.parse(VALIDATION_FORMATS.sarif!(bad, PLAIN))

  it('is version 2.1.0 of this tool', () => {
    expect(whole.version).toBe('2.1.0')
    expect(whole.$schema).toMatch(/sarif-schema-2\.1\.0\.json$/)
    expect(Object.keys(whole)).toEqual(['$schema', 'version', 'runs'])
    expect(run.tool.driver).toMatchObject({ name: 'kafka-replicator validate', semanticVersion: '1.2.3' })
    expect(run.columnKind).toBe('utf16CodeUnits')
  })

  it('every result has its rule, level, sentence and place', () => {
    for (const { runs } of [whole, { runs: [run] }]) {
      const { tool, results } = runs[0]
      expect(results.length).toBe(2)
      for (const result of results) {
        expect(tool.driver.rules[result.ruleIndex].id).toBe(result.ruleId)
        expect(['error', 'warning', 'note']).toContain(result.level)
        expect(result.message.text.length).toBeGreaterThan(3)
        const { artifactLocation, region } = result.locations[0].physicalLocation
        expect(artifactLocation.uriBaseId).toBe('%SRCROOT%')
        expect(region.startLine).toBeGreaterThan(0)
        expect(region.startColumn).toBeGreaterThan(0)
      }
    }
    expect(whole.runs[0].results[0]).toMatchObject({
      ruleId: 'unknown-key',
      level: 'error',
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: 'deploy/bad.json' },
            region: { startLine: 12, startColumn: 4 },
          },
          logicalLocations: [{ fullyQualifiedName: '/0/x' }],
        },
      ],
    })
  })

  it('places are URIs from the root of the repository, and absolute outside of it', () => {
    const { uri } = run.results[0].locations[0].physicalLocation.artifactLocation
    expect(uri).toMatch(/^[\w./%'-]+$/)
    expect(new URL(uri, 'file:///repo/').href).toBe("file:///repo/deploy/a%20%25%2C%3A%26%3C%22'%C3%A9.json")
    const [invocation] = run.invocations
    expect(invocation.executionSuccessful).toBe(false)
    expect(invocation.toolExecutionNotifications).toMatchObject([
      {
        level: 'error',
        message: { text: unreadable.message },
        locations: [{ physicalLocation: { artifactLocation: { uri: 'file:///elsewhere/b.json' } } }],
      },
    ])
    expect(whole.runs[0].invocations).toEqual([{ executionSuccessful: true }])
  })

  it('names each rule once, and none for valid files', () => {
    expect(run.tool.driver.rules.map(({ id }: { id: string }) => id)).toEqual(['unknown-key', 'w'])
    const valid = JSON.parse(VALIDATION_FORMATS.sarif!(good, PLAIN)).runs[0]
    expect(valid).toMatchObject({ results: [], tool: { driver: { rules: [] } } })
  })
})

describe('junit', () => {
  it('has a test case for each file, one failure with all that is wrong, and right counts', () => {
    expect(VALIDATION_FORMATS.junit!(bad, PLAIN)).toBe(
      [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<testsuites name="kafka-replicator validate" tests="2" failures="1" errors="0" skipped="0" time="0">',
        '  <testsuite name="kafka-replicator validate" tests="2" failures="1" errors="0" skipped="0" time="0">',
        '    <testcase classname="kafka-replicator validate" name="deploy/good.json" file="deploy/good.json" time="0"/>',
        '    <testcase classname="kafka-replicator validate" name="deploy/bad.json" file="deploy/bad.json" time="0">',
        '      <failure message="The key &quot;x[31m&quot; is not known here." type="unknown-key">deploy/bad.json:12:4: error: The key &quot;x[31m&quot; is not known here. (unknown-key)',
        '  Did you mean &quot;y&quot;?',
        '</failure>',
        '      <system-out>deploy/bad.json:13:1: warning: Careful. (w)',
        '</system-out>',
        '    </testcase>',
        '  </testsuite>',
        '</testsuites>',
        '',
      ].join('\n'),
    )
  })

  it('a file that cannot be read is an error', () => {
    const xml = VALIDATION_FORMATS.junit!(nasty, PLAIN)
    expect(xml).toContain('tests="2" failures="1" errors="1"')
    expect(xml).toContain('<error message="The file /elsewhere/b.json cannot be read." type="unreadable"/>')
  })

  it('text from the files cannot leave its place, and is XML 1.0', () => {
    const xml = VALIDATION_FORMATS.junit!(nasty, PLAIN)
    expect(xml).toContain('name="deploy/a %,:&amp;&lt;&quot;\'é.json"')
    expect(xml).toContain('message="100%&#10;::error::&lt;b&gt;&amp;&quot;[31m\ufffd" type="unknown-key"')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not be there
    expect(xml).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/u)
    expect(xml.replaceAll(/<\/?[a-z-]+(?: [a-z]+="[^"<]*")*\/?>|<\?xml [^>]*\?>/g, '')).not.toMatch(/[<"]|&(?!\w+;)/)
  })
})

describe('github', () => {
  it('each finding is a command for its line, the verdict comes last', () => {
    expect(VALIDATION_FORMATS.github!(bad, PLAIN)).toBe(
      [
        '::error file=deploy/bad.json,line=12,col=4,title=unknown-key::The key "x[31m" is not known here.%0ADid you mean "y"?',
        '::warning file=deploy/bad.json,line=13,col=1,title=w::Careful.',
        '1 problem in 1 file, 1 warning',
        '',
      ].join('\n'),
    )
    expect(VALIDATION_FORMATS.github!(good, PLAIN)).toBe('2 files valid\n')
  })

  it('text from the files cannot become a command', () => {
    const lines = VALIDATION_FORMATS.github!(nasty, PLAIN).split('\n')
    expect(lines).toEqual([
      '::error file=deploy/a %25%2C%3A&<"\'é.json,line=3,col=7,title=unknown-key::100%25%0D%0A::error::<b>&"[31m\ud800\ufffe%0AWrite "x".',
      '::notice file=deploy/a %25%2C%3A&<"\'é.json,line=13,col=1,title=w::Careful.',
      '::error file=/elsewhere/b.json,title=unreadable::The file /elsewhere/b.json cannot be read.',
      '1 problem in 1 file, 1 file not readable',
      '',
    ])
  })
})

it('json says which files cannot be read', () => {
  const value = JSON.parse(VALIDATION_FORMATS.json!(nasty, PLAIN))
  expect(value.valid).toBe(false)
  expect(value.files[1]).toEqual({ file: '/elsewhere/b.json', kind: null, unreadable: unreadable.message })
})

it('places outside of the repository that look inside are absolute', () => {
  const outside = { ...good, files: [{ ...good.files[0]!, file: '../../repository-2/x.json' }] }
  expect(VALIDATION_FORMATS.junit!(outside, PLAIN)).toContain('name="/repository-2/x.json"')
})
