import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Broker tests share two cores with the brokers themselves, and wait half of their time: more files at once than these
    // only make each slower.
    maxWorkers: 3,
    // A broker start takes 3-8 s on a busy machine; tests with longer waits say so themselves.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    reporters: ['default', './test/support/closing-line-reporter.ts'],
  },
})
