// Columns as MikroORM maps them, for statements that are written by hand: an entity's definition is the only list of them.
import { type EntityName, MikroORM } from '@mikro-orm/postgresql';
import { ENTITIES } from '../entities/all.ts';

export interface Column {
  /** The entity's name for it, and in JSON. */
  readonly property: string;
  /** Its name in the table. */
  readonly name: string;
  readonly type: string;
}

type SnakeCase<Name extends string> = Name extends `${infer Head}${infer Tail}`
  ? `${Head extends Lowercase<Head> ? Head : `_${Lowercase<Head>}`}${SnakeCase<Tail>}`
  : '';

/** A row as `pg` reads it: the values of the entity, by the names of the columns. */
export type RowOf<Entity> = {
  readonly [Property in keyof Entity & string as SnakeCase<Property>]-?: Exclude<Entity[Property], undefined>;
};

// Only the metadata is wanted: it connects to nothing.
const metadata = new MikroORM({ dbName: 'unused', entities: ENTITIES }).getMetadata();

/** All columns of an entity's table but those of the properties left out. */
export function columnsOf<Entity extends object>(
  entity: EntityName<Entity>,
  ...leftOut: readonly (keyof Entity)[]
): Column[] {
  const properties = metadata.get(entity).props.filter(({ name }) => !leftOut.includes(name));
  return properties.map(({ name, fieldNames, columnTypes }) => ({
    property: name,
    name: fieldNames[0]!,
    type: columnTypes[0]!,
  }));
}

/** `id, content_type` */
export const namesOf = (columns: readonly Column[]): string => columns.map(({ name }) => name).join(', ');

/** `file.id as "id", file.content_type as "contentType"`: rows that have the entity's shape. */
export const selectionOf = (columns: readonly Column[], table: string): string =>
  columns.map(({ property, name }) => `${table}.${name} as "${property}"`).join(', ');

/** `"id", "contentType"` */
export const propertiesOf = (columns: readonly Column[]): string =>
  columns.map(({ property }) => `"${property}"`).join(', ');

/** `"id" uuid, "contentType" text`: what json_to_recordset makes of a list of entities. */
export const recordOf = (columns: readonly Column[]): string =>
  columns.map(({ property, type }) => `"${property}" ${type}`).join(', ');
