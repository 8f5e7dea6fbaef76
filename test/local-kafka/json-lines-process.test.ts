import { expect, test } from 'vitest'
import { JsonLinesProcess } from '../../src/local-kafka/json-lines-process.js'
import { outsideClientCommand } from '../../src/local-kafka/outside-client-command.js'

test('a JVM that does not answer tells what its threads are doing, once for each request', async () => {
  const reports: string[] = []
  const nobody = JSON.stringify({ 'bootstrap.servers': '127.0.0.1:1' })
  const hang = { afterMs: 500, report: (text: string) => reports.push(text) }
  const program = new JsonLinesProcess('java', [...(await outsideClientCommand()), nobody], hang)
  try {
    await program.greeting(30_000)
    const answer = program.ask(
      'createTopic',
      { operation: 'createTopic', topic: 't', partitions: 1, configs: {} },
      4_000,
    )
    await expect(answer).rejects.toThrow('No answer to createTopic within 4 s')
    const ofTopic = reports.filter(text => text.startsWith('No answer to createTopic for 0.5 s.'))
    expect(ofTopic).toEqual([expect.stringContaining('at Topics.')])
  } finally {
    program.kill()
  }
})
