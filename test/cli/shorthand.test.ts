import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseShorthand, ShorthandError } from '../../src/cli/aws/shorthand.ts'

const READINGS: [text: string, value: unknown][] = [
  ['a=b', { a: 'b' }],
  ['a=', { a: '' }],
  ['a=,b=c', { a: '', b: 'c' }],
  ['a=b,c=d', { a: 'b', c: 'd' }],
  ['a=b,c,d=e', { a: ['b', 'c'], d: 'e' }],
  ['a=b,c', { a: ['b', 'c'] }],
  ['a=[]', { a: [] }],
  ['a=[b,c],d=e', { a: ['b', 'c'], d: 'e' }],
  ['a=[b, c]', { a: ['b', 'c'] }],
  ['a={b=c,d={e=[f,g]}}', { a: { b: 'c', d: { e: ['f', 'g'] } } }],
  ['a={},b=c', { a: {}, b: 'c' }],
  ['a=[{b=c},{b=d}]', { a: [{ b: 'c' }, { b: 'd' }] }],
  ["a='b,c=d',e=f", { a: 'b,c=d', e: 'f' }],
  ['a="b\\"c"', { a: 'b"c' }],
  ["a='b\\'c\\\\'", { a: "b'c\\" }],
  ['a=b\\,c', { a: 'b,c' }],
  ['a=b=c', { a: 'b=c' }],
  ['a = b , c = d', { a: 'b', c: 'd' }],
  ['a=.*,b=x', { a: '.*', b: 'x' }],
  ['team/a.b_c-d:1=x', { 'team/a.b_c-d:1': 'x' }],
  ['a=Grüße, 東京', { a: ['Grüße', '東京'] }],
]

test.each(READINGS)('reads %s', (text, value) => {
  expect(JSON.parse(JSON.stringify(parseShorthand(text)))).toEqual(value)
})

const REFUSALS: [text: string, at: number, problem: string][] = [
  ['', 0, "Expected: '=', received: 'EOF'"],
  ['foo', 3, "Expected: '=', received: 'EOF'"],
  ['a=b,', 4, "received: 'EOF'"],
  ['a=[b', 4, "Expected: ',', received: 'EOF'"],
  ['a={b=c', 6, "Expected: ',', received: 'EOF'"],
  ['a={b}', 4, "Expected: '=', received: '}'"],
  ["a='b", 2, "Expected: '<singled quoted>'"],
  ['a=b]', 3, "Expected: ',', received: ']'"],
  ['a=b,a=c', 3, 'Second instance of key "a"'],
  [`a=${'['.repeat(100_000)}`, 102, 'Nested too deeply'],
]

test.each(REFUSALS)('refuses %.20s and says where', (text, at, problem) => {
  expect(() => parseShorthand(text)).toThrow(expect.objectContaining({ at, message: expect.stringContaining(problem) }))
})

test('the place is marked below its own line', () => {
  const { message } = thrownBy(() => parseShorthand('a={b=c},\nc'))
  expect(message).toBe("Expected: '=', received: 'EOF' for input:\n c\n  ^")
})

test('a member named like a property of every object is a member', () => {
  const value = parseShorthand('__proto__=x,toString=y')
  expect(Object.keys(value)).toEqual(['__proto__', 'toString'])
})

test('whatever is quoted comes back, whatever is not is an error with a place or a value', () => {
  const quoted = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
  fc.assert(
    fc.property(fc.array(fc.string(), { minLength: 1 }), texts => {
      expect(parseShorthand(`a=[${texts.map(quoted).join(',')}]`)).toEqual({ a: texts })
    }),
  )
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'ab=,[]{}\'"@\\ \n') }), text => {
      try {
        parseShorthand(text)
      } catch (error) {
        expect(error).toBeInstanceOf(ShorthandError)
        expect((error as ShorthandError).at).toBeLessThanOrEqual(text.length)
      }
    }),
  )
})

function thrownBy(action: () => unknown): Error {
  try {
    action()
  } catch (error) {
    return error as Error
  }
  throw new Error('nothing was thrown')
}
