import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: './test/support/train-classes.ts',
    // Broker tests share two cores with the brokers themselves: with more files at once, single tests came too late.
    maxWorkers: 2,
    // A broker start takes 3-8 s on a busy machine; tests with longer waits say so themselves.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    reporters: ['default', './test/support/closing-line-reporter.ts'],
  },
})
