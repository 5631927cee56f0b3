// The part of JSON Schema (draft 2020-12) that docs/webhook.schema.json uses: what of a value is not as described. A keyword
// that it does not know is a fault of the schema, and not passed over.

type Schema = Record<string, unknown>;

const ANNOTATIONS = ['$schema', '$id', '$defs', 'title', 'description', 'examples', 'format'];

export function faultsOf(root: object, value: unknown): string[] {
  return check(root as Schema, value, '', root as Schema);
}

function check(schema: Schema, value: unknown, path: string, root: Schema): string[] {
  return Object.entries(schema).flatMap(([keyword, rule]) => {
    if (ANNOTATIONS.includes(keyword)) return [];
    const fault = KEYWORDS[keyword];
    if (fault === undefined) throw new TypeError(`${path}: the keyword ${keyword} is not known`);
    return fault(rule as never, value, path, root);
  });
}

type Keyword = (rule: never, value: unknown, path: string, root: Schema) => string[];

const typeOf = (value: unknown): string[] => {
  if (value === null) return ['null'];
  if (Array.isArray(value)) return ['array'];
  return Number.isInteger(value) ? ['integer', 'number'] : [typeof value];
};

const isObject = (value: unknown): value is Record<string, unknown> => typeOf(value)[0] === 'object';

const KEYWORDS: Readonly<Record<string, Keyword>> = {
  type: (rule: string | string[], value, path) =>
    typeOf(value).some((type) => [rule].flat().includes(type)) ? [] : [`${path} is of type ${typeOf(value)[0]}`],
  const: (rule: unknown, value, path) => (rule === value ? [] : [`${path} is not ${JSON.stringify(rule)}`]),
  enum: (rule: unknown[], value, path) => (rule.includes(value) ? [] : [`${path} is ${JSON.stringify(value)}`]),
  pattern: (rule: string, value, path) =>
    typeof value !== 'string' || new RegExp(rule, 'u').test(value) ? [] : [`${path} is ${JSON.stringify(value)}`],
  minimum: (rule: number, value, path) => (typeof value !== 'number' || value >= rule ? [] : [`${path} is too low`]),
  required: (rule: string[], value, path) =>
    isObject(value) ? rule.filter((name) => !(name in value)).map((name) => `${path}.${name} is missing`) : [],
  properties: (rule: Record<string, Schema>, value, path, root) =>
    isObject(value)
      ? Object.entries(rule).flatMap(([name, each]) =>
          name in value ? check(each, value[name], `${path}.${name}`, root) : [],
        )
      : [],
  oneOf: (rule: Schema[], value, path, root) => {
    const all = rule.map((each) => check(each, value, path, root));
    return all.filter((faults) => faults.length === 0).length === 1
      ? []
      : [`${path} is none, or several: ${all.join('; ')}`];
  },
  $ref: (rule: string, value, path, root) => {
    const found = rule
      .split('/')
      .slice(1)
      .reduce<unknown>((at, name) => (at as Schema)[name], root);
    return check(found as Schema, value, path, root);
  },
};
