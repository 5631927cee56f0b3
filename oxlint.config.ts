// The lint rules. Every rule is an error, because warnings get ignored.
// The order of imports comes from rooms.ts. test/static-analysis.test.ts checks the same order on resolved paths, and
// whatever else lint cannot express.
import { type OxlintOverride, defineConfig } from 'oxlint';
import { OPEN_FILES, OUTSIDE, ROOMS, TOP_FILES } from './rooms.ts';

export default defineConfig({
  plugins: ['typescript', 'unicorn', 'oxc', 'import', 'node'],
  categories: { correctness: 'error', suspicious: 'error' },
  options: { typeAware: true, reportUnusedDisableDirectives: 'error' },
  rules: {
    // A promise that is not awaited runs outside its transaction, and nothing handles its failure.
    'typescript/no-floating-promises': 'error',
    'typescript/no-misused-promises': 'error',
    'typescript/await-thenable': 'error',
    'typescript/return-await': ['error', 'error-handling-correctness-only'],
    'typescript/only-throw-error': ['error', { allowThrowingUnknown: true }],

    'typescript/no-explicit-any': 'error',
    'typescript/switch-exhaustiveness-check': 'error',
    'typescript/consistent-type-imports': 'error',
    'import/no-cycle': 'error',
    'oxc/no-barrel-file': ['error', { threshold: 0 }],
    'node/no-process-env': 'error',
    'no-restricted-properties': [
      'error',
      {
        object: 'em',
        property: 'lock',
        message: 'It locks the row but keeps the state read before. Use find with lockMode, or refresh.',
      },
    ],

    // As in tsc: a leading underscore, or a rest element beside it, marks a value that is deliberately unused.
    'no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true }],
    'no-underscore-dangle': ['error', { allow: ['__typename'] }],

    // Off: assertions narrow what was just checked. `any` is forbidden above.
    'typescript/no-unsafe-type-assertion': 'off',
    // Off: tsc's noImplicitReturns does the same and knows which switches are exhaustive.
    'typescript/consistent-return': 'off',
    // Off: importing a file of src/schema/ registers its types.
    'import/no-unassigned-import': 'off',
    // Off: a helper belongs next to its only use.
    'unicorn/consistent-function-scoping': 'off',
    // Off: `pg.Client` shows which client it is, and CommonJS packages are used through default imports.
    'import/no-named-as-default-member': 'off',
  },
  overrides: [
    restrictImports(['src/main.ts', 'src/program.ts'], `^\\.\\./(${OUTSIDE.join('|')})/`),
    ...ROOMS.map((room, index) => restrictImports([`src/${room}/**`], upwards(ROOMS.slice(0, index)))),
    // The machine is pure: no I/O, no clock, no import from another room.
    {
      files: ['src/fsm/**'],
      rules: {
        'no-restricted-imports': ['error', { patterns: [{ group: ['*', '!xstate', '!./**'] }] }],
      },
    },
    restrictImports(
      OPEN_FILES.map((file) => `src/${file}`),
      `^(\\./(${either(TOP_FILES)})|\\./[^.]+/|\\.\\./)`,
    ),
    // Clients use the public API only.
    restrictImports(['web/**', 'cli/**', 'packages/**'], '^(\\.\\./)+src/'),
    // What a package exports is one file for each of its paths.
    { files: ['packages/*/src/{index,upload}.ts'], rules: { 'oxc/no-barrel-file': 'off' } },
    // Generated code, which escapes dollar signs unnecessarily.
    {
      files: ['migrations/**'],
      rules: { 'no-useless-escape': 'off' },
    },
    // One file of the service and one of the command line read the environment. Tools and tests choose what they pass to
    // the processes they start; a processor's environment holds what it asked for.
    {
      files: [
        'src/config.ts',
        'cli/environment.ts',
        'scripts/**',
        'test/**',
        'bench/**',
        'evidence/**',
        'examples/**',
        'web/*.ts',
        '*.config.ts',
      ],
      rules: { 'node/no-process-env': 'off' },
    },
  ],
});

function restrictImports(files: string[], regex: string): OxlintOverride {
  return { files, rules: { 'no-restricted-imports': ['error', { patterns: [{ regex }] }] } };
}

/** Matches an import that leaves the room for one of those above it or for a folder outside of src/. */
function upwards(above: readonly string[]): string {
  return `^(\\.\\./)+((${either(TOP_FILES)})|(${[...above, ...OUTSIDE].join('|')})/)`;
}

function either(files: string[]): string {
  return files.map((file) => file.replace('.', '\\.')).join('|');
}
