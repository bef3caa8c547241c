import { Column, Entity, PrimaryColumn } from 'typeorm';

/** When a key was last used. It has its own table because it is written all the time. */
@Entity('api_key_use')
export class ApiKeyUse {
  @PrimaryColumn('text')
  id!: string;

  @Column('timestamptz', { name: 'last_used_at' })
  lastUsedAt!: Date;
}
