import type { ValidationResult } from '../config/validate-files.js'

/** The last line of a validation: the verdict itself, and what is to be said besides it. */
export function verdictOn({ files, valid }: ValidationResult): { text: string; remarks: string } {
  const findings = files.flatMap(file => file.findings)
  const errors = findings.filter(({ severity }) => severity === 'error').length
  const warnings = findings.filter(({ severity }) => severity === 'warning').length
  const remarks = warnings === 0 ? '' : `, ${counted(warnings, 'warning')}`
  if (valid) return { text: `${counted(files.length, 'file')} valid`, remarks }
  const wrong = files.filter(file => file.findings.some(({ severity }) => severity === 'error')).length
  const unreadable = files.filter(file => file.unreadable !== undefined).length
  const parts = [
    ...(errors > 0 ? [`${counted(errors, 'problem')} in ${counted(wrong, 'file')}`] : []),
    ...(unreadable > 0 ? [`${counted(unreadable, 'file')} not readable`] : []),
  ]
  return { text: parts.join(', '), remarks }
}

function counted(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
