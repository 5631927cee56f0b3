// The scalars of this API as TypeScript types, for the `config` of GraphQL Code Generator.
export const config = {
  scalars: {
    DateTime: 'string',
    SafeInt: 'number',
    JSONObject: 'Record<string, unknown>',
    Cursor: 'string',
    ID: 'string',
  },
};
