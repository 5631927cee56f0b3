// Refuses mutations of a tenant that sends more than it may (src/auth/limits/mutation-rates.ts), before anything is done. In
// bulk each item counts, and is answered by itself.
import {
  type GraphQLField,
  type GraphQLSchema,
  defaultFieldResolver,
  getNamedType,
  getNullableType,
  isListType,
  isUnionType,
} from 'graphql';
import type { Grant, Sender } from '../auth/limits/mutation-rates.ts';
import { needOfField } from '../auth/needs.ts';
import { may } from '../auth/permissions.ts';
import type { Principal } from '../auth/principal.ts';
import type { GraphQLContext } from './context.ts';
import { MAX_BULK } from './mutations/execute.ts';
import { type RateLimited, RequestError } from './request-error.ts';

type Field = GraphQLField<unknown, GraphQLContext>;
type Resolve = NonNullable<Field['resolve']>;

export function limitRates(schema: GraphQLSchema): GraphQLSchema {
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) limit(field as Field);
  return schema;
}

function limit(field: Field): void {
  const { name, type, resolve = defaultFieldResolver } = field;
  const isOfWorkers = needOfField('Mutation', name) === 'process';
  const sender: SenderOf = (inputs, principal) =>
    isOfWorkers || (may(principal, 'process') && inputs.every(namesLease)) ? 'worker' : 'client';
  const isData = hasRequestError(type);
  const limited =
    isData && isListType(getNullableType(type)) ? limitEach(resolve, sender) : limitOne(resolve, sender, isData);
  field.resolve = (root, args, context, info) =>
    context.rates === null ? resolve(root, args, context, info) : limited(root, args, context, info);
}

type SenderOf = (inputs: readonly unknown[], principal: Principal) => Sender;

/**
 * Workers outside end the processing of their files with transitions. Whether the lease is theirs is not known yet, so
 * whoever may not have one is no worker, whatever the input says.
 */
const namesLease = (input: unknown): boolean =>
  typeof (input as { readonly leaseToken?: unknown } | null | undefined)?.leaseToken === 'string';

function hasRequestError(type: Field['type']): boolean {
  const named = getNamedType(type);
  return isUnionType(named) && named.getTypes().some(({ name }) => name === 'RequestError');
}

const refusalAt = ({ retryAfterSeconds }: Grant, place: number): RateLimited => ({
  outcome: 'refused',
  code: 'RATE_LIMITED',
  message: 'The tenant sends more mutations a second than it may. Nothing was done; try again later.',
  field: null,
  retryAfterSeconds: retryAfterSeconds(place),
});

const limitOne =
  (resolve: Resolve, sender: SenderOf, isData: boolean): Resolve =>
  (root, args, context, info) => {
    const { principal, rates } = context;
    const grant = rates!.ask(principal.tenant, sender([args['input']], principal), 1);
    if (grant.granted === 1) return resolve(root, args, context, info);
    const refusal = refusalAt(grant, 1);
    if (isData) return refusal;
    throw new RequestError(refusal);
  };

const limitEach =
  (resolve: Resolve, sender: SenderOf): Resolve =>
  (root, args, context, info) => {
    const { input } = args as { readonly input: readonly unknown[] };
    // Refused as a whole, below.
    if (input.length > MAX_BULK) return resolve(root, args, context, info);
    const { principal, rates } = context;
    const grant = rates!.ask(principal.tenant, sender(input, principal), input.length);
    const refusals = input.slice(grant.granted).map((_item, at) => refusalAt(grant, at + 1));
    if (grant.granted === 0) return refusals;
    const answers: unknown = resolve(root, { ...args, input: input.slice(0, grant.granted) }, context, info);
    return refusals.length === 0 ? answers : join(answers as Promise<readonly unknown[]>, refusals);
  };

async function join(answers: Promise<readonly unknown[]>, refusals: readonly RateLimited[]): Promise<unknown[]> {
  return [...(await answers), ...refusals];
}
