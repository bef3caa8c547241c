import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A login of a person to a mini program. It is deleted with the person's record. */
@Entity('mini_session')
@Index('mini_session_person', ['appid', 'openid', 'createdAt'])
export class MiniSession {
  @PrimaryColumn('text')
  appid!: string;

  @PrimaryColumn('text')
  id!: string;

  @Column('text')
  openid!: string;

  @Column('text', { name: 'sealed_session_key' })
  sealedSessionKey!: string;

  @Index('mini_session_age')
  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt!: Date;
}
