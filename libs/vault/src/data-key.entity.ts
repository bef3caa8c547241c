import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** The key that seals one owner's secrets, itself sealed by a master key. Deleting it makes them unreadable for ever. */
@Entity('data_key')
@Index('data_key_current', ['owner'], { unique: true, where: 'current' })
export class DataKey {
  /** An appid, or `gateway` for what belongs to no app. */
  @PrimaryColumn('text')
  owner!: string;

  @PrimaryColumn('text')
  id!: string;

  /** Seals new texts. Former keys only open. */
  @Column('boolean', { default: true })
  current!: boolean;

  @Column('text', { name: 'master_key_id' })
  masterKeyId!: string;

  @Column('text', { name: 'wrapped_key' })
  wrappedKey!: string;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt!: Date;
}
