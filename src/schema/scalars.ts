// The custom scalars of the schema.
import { GraphQLError, Kind, type ValueNode } from 'graphql';
import { builder } from './builder.ts';
import { toTimestamp } from './timestamp.ts';

const refuse = (message: string): never => {
  throw new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });
};

function toSafeInt(value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  // Only a number is printed: another value may be large, or nested too deep for JSON.stringify.
  const given = typeof value === 'number' ? value : `a value of type ${typeof value}`;
  return refuse(`SafeInt must be an integer between -(2^53-1) and 2^53-1, not ${given}.`);
}

function toDateTime(value: unknown): string {
  const time = typeof value === 'string' ? toTimestamp(value) : null;
  return time ?? refuse('DateTime must be a time with an offset (RFC 3339), such as 2026-11-26T21:00:00Z.');
}

function toCursor(value: unknown): string {
  return typeof value === 'string' ? value : refuse('Cursor must be a string.');
}

function toJsonObject(value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  return refuse('JSONObject must be a JSON object.');
}

type Variables = Record<string, unknown> | null | undefined;

function literalToJson(node: ValueNode, variables: Variables): unknown {
  switch (node.kind) {
    case Kind.NULL:
      return null;
    case Kind.VARIABLE:
      return variables?.[node.name.value];
    case Kind.INT:
    case Kind.FLOAT:
      return Number(node.value);
    case Kind.LIST:
      return node.values.map((value) => literalToJson(value, variables));
    case Kind.OBJECT: {
      // fromEntries defines `__proto__` as an own key, which the input rules then refuse.
      return Object.fromEntries(node.fields.map(({ name, value }) => [name.value, literalToJson(value, variables)]));
    }
    case Kind.STRING:
    case Kind.BOOLEAN:
    case Kind.ENUM:
      return node.value;
  }
}

builder.scalarType('DateTime', {
  description:
    'A point in time: RFC 3339. Answers are in UTC, with milliseconds; an input may have any offset, but must have one.',
  serialize: (value) => value,
  parseValue: toDateTime,
  parseLiteral: (node) => toDateTime(node.kind === Kind.STRING ? node.value : null),
});

builder.scalarType('SafeInt', {
  description: 'An integer between -(2^53-1) and 2^53-1, as a JSON number. Used for byte counts.',
  serialize: (value) => value,
  parseValue: toSafeInt,
  parseLiteral: (node) => toSafeInt(node.kind === Kind.INT ? Number(node.value) : literalToJson(node, null)),
});

builder.scalarType('JSONObject', {
  description: 'A JSON object (RFC 8259).',
  serialize: (value) => value,
  parseValue: toJsonObject,
  parseLiteral: (node, variables) => toJsonObject(literalToJson(node, variables)),
});

builder.scalarType('Cursor', {
  description:
    'An opaque position in the change stream. Valid on every replica, for as long as the change log keeps that position.',
  serialize: (value) => value,
  parseValue: toCursor,
  parseLiteral: (node) => toCursor(node.kind === Kind.STRING ? node.value : null),
});
