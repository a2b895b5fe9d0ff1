"""first schema

Revision ID: 0001
Revises: 
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Exclusion constraints over (resource, time range) need equality in GiST.
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    op.execute(sa.schema.CreateSequence(sa.Sequence('ticket_number_seq', start=1001)))
    op.execute(sa.schema.CreateSequence(sa.Sequence('visit_number_seq', start=5001)))
    op.create_table('branch',
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('time_zone', sa.String(), nullable=False),
    sa.Column('country', sa.String(), nullable=False),
    sa.Column('language', sa.String(), nullable=False),
    sa.Column('address', sa.String(), nullable=False),
    sa.Column('latitude', sa.Double(), nullable=True),
    sa.Column('longitude', sa.Double(), nullable=True),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_branch')),
    sa.UniqueConstraint('name', name=op.f('uq_branch_name'))
    )
    op.create_table('event',
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor_id', sa.Integer(), nullable=True),
    sa.Column('data', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_event'))
    )
    op.create_index('ix_event_at', 'event', ['at'], unique=False)
    op.create_table('file',
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('content_type', sa.String(), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('sha256', sa.String(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by_id', sa.Integer(), nullable=True),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_file'))
    )
    op.create_index(op.f('ix_file_sha256'), 'file', ['sha256'], unique=False)
    op.create_table('inbox',
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('raw', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('applied_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('answer', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('error', sa.String(), nullable=True),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inbox')),
    sa.UniqueConstraint('source', 'key', name=op.f('uq_inbox_source_key'))
    )
    op.create_index('ix_inbox_open', 'inbox', ['received_at'], unique=False, postgresql_where=sa.text('applied_at IS NULL'))
    op.create_index('ix_inbox_received_at', 'inbox', ['received_at'], unique=False)
    op.create_table('invitation',
    sa.Column('sha256', sa.String(), nullable=False),
    sa.Column('email', sa.String(), nullable=True),
    sa.Column('roles', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_invitation')),
    sa.UniqueConstraint('sha256', name=op.f('uq_invitation_sha256'))
    )
    op.create_table('job_type',
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=False),
    sa.Column('checklist', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('equipment_kinds', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_job_type')),
    sa.UniqueConstraint('key', name=op.f('uq_job_type_key'))
    )
    op.create_table('lease',
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('holder', sa.String(), nullable=False),
    sa.Column('fence', sa.BigInteger(), nullable=False),
    sa.Column('until', sa.DateTime(timezone=True), nullable=False),
    sa.Column('renewed_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_lease'))
    )
    op.create_table('live_epoch',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('word', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_live_epoch'))
    )
    op.create_table('outbox',
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('queue', sa.String(), nullable=False),
    sa.Column('payload', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('unique_key', sa.String(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('handed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('error', sa.String(), nullable=True),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('gave_up_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outbox')),
    sa.UniqueConstraint('unique_key', name=op.f('uq_outbox_unique_key'))
    )
    op.create_index('ix_outbox_done_at', 'outbox', ['done_at'], unique=False, postgresql_where=sa.text('done_at IS NOT NULL'))
    op.create_index('ix_outbox_open', 'outbox', ['queue', 'due_at'], unique=False, postgresql_where=sa.text('done_at IS NULL AND gave_up_at IS NULL'))
    op.create_table('part',
    sa.Column('sku', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('unit', sa.String(), nullable=False),
    sa.Column('cost', sa.Integer(), nullable=False),
    sa.Column('price', sa.Integer(), nullable=False),
    sa.Column('currency', sa.String(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_part')),
    sa.UniqueConstraint('sku', name=op.f('uq_part_sku'))
    )
    op.create_table('role',
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_role')),
    sa.UniqueConstraint('name', name=op.f('uq_role_name'))
    )
    op.create_table('search_entry',
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('ref', sa.BigInteger(), nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('words', postgresql.TSVECTOR(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_search_entry')),
    sa.UniqueConstraint('kind', 'ref', name=op.f('uq_search_entry_kind_ref'))
    )
    op.create_index('ix_search_entry_words', 'search_entry', ['words'], unique=False, postgresql_using='gin')
    op.create_table('skill',
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_skill')),
    sa.UniqueConstraint('key', name=op.f('uq_skill_key'))
    )
    op.create_table('user',
    sa.Column('email', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('password', sa.String(), nullable=True),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('fs_uniquifier', sa.String(), nullable=False),
    sa.Column('language', sa.String(), nullable=False),
    sa.Column('time_zone', sa.String(), nullable=False),
    sa.Column('theme', sa.String(), nullable=False),
    sa.Column('failed_sign_ins', sa.Integer(), nullable=False),
    sa.Column('locked_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_sign_in_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_user')),
    sa.UniqueConstraint('email', name=op.f('uq_user_email')),
    sa.UniqueConstraint('fs_uniquifier', name=op.f('uq_user_fs_uniquifier'))
    )
    op.create_table('voice_menu',
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('definition', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_voice_menu')),
    sa.UniqueConstraint('name', name=op.f('uq_voice_menu_name'))
    )
    op.create_table('audit_entry',
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor_id', sa.BigInteger(), nullable=True),
    sa.Column('action', sa.String(), nullable=False),
    sa.Column('target', sa.String(), nullable=False),
    sa.Column('before', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('after', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.ForeignKeyConstraint(['actor_id'], ['user.id'], name=op.f('fk_audit_entry_actor_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_entry'))
    )
    op.create_index('ix_audit_entry_at', 'audit_entry', ['at'], unique=False)
    op.create_index('ix_audit_entry_target', 'audit_entry', ['target'], unique=False)
    op.create_table('calendar',
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('branch_id', sa.BigInteger(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.ForeignKeyConstraint(['branch_id'], ['branch.id'], name=op.f('fk_calendar_branch_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_calendar')),
    sa.UniqueConstraint('branch_id', name=op.f('uq_calendar_branch_id')),
    sa.UniqueConstraint('name', name=op.f('uq_calendar_name'))
    )
    op.create_table('customer_import',
    sa.Column('file_id', sa.BigInteger(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('columns', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('problem', sa.String(), nullable=False),
    sa.Column('created_by_id', sa.BigInteger(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('undone_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.CheckConstraint("state IN ('uploaded', 'checking', 'checked', 'importing', 'confirmed', 'undoing', 'undone', 'failed')", name=op.f('ck_customer_import_state')),
    sa.ForeignKeyConstraint(['created_by_id'], ['user.id'], name=op.f('fk_customer_import_created_by_id')),
    sa.ForeignKeyConstraint(['file_id'], ['file.id'], name=op.f('fk_customer_import_file_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_customer_import'))
    )
    op.create_table('job_type_part',
    sa.Column('job_type_id', sa.BigInteger(), nullable=False),
    sa.Column('part_id', sa.BigInteger(), nullable=False),
    sa.Column('quantity', sa.Integer(), nullable=False),
    sa.CheckConstraint('quantity > 0', name=op.f('ck_job_type_part_quantity')),
    sa.ForeignKeyConstraint(['job_type_id'], ['job_type.id'], name=op.f('fk_job_type_part_job_type_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['part_id'], ['part.id'], name=op.f('fk_job_type_part_part_id')),
    sa.PrimaryKeyConstraint('job_type_id', 'part_id', name=op.f('pk_job_type_part'))
    )
    op.create_table('job_type_skill',
    sa.Column('job_type_id', sa.BigInteger(), nullable=False),
    sa.Column('skill_id', sa.BigInteger(), nullable=False),
    sa.Column('level', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['job_type_id'], ['job_type.id'], name=op.f('fk_job_type_skill_job_type_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['skill_id'], ['skill.id'], name=op.f('fk_job_type_skill_skill_id')),
    sa.PrimaryKeyConstraint('job_type_id', 'skill_id', name=op.f('pk_job_type_skill'))
    )
    op.create_table('queue',
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('branch_id', sa.BigInteger(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.ForeignKeyConstraint(['branch_id'], ['branch.id'], name=op.f('fk_queue_branch_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_queue')),
    sa.UniqueConstraint('key', name=op.f('uq_queue_key'))
    )
    op.create_table('team',
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('branch_id', sa.BigInteger(), nullable=True),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.ForeignKeyConstraint(['branch_id'], ['branch.id'], name=op.f('fk_team_branch_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_team')),
    sa.UniqueConstraint('name', name=op.f('uq_team_name'))
    )
    op.create_table('token',
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('sha256', sa.String(), nullable=False),
    sa.Column('user_id', sa.BigInteger(), nullable=False),
    sa.Column('role', sa.String(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_used_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_token_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_token')),
    sa.UniqueConstraint('sha256', name=op.f('uq_token_sha256'))
    )
    op.create_table('user_role',
    sa.Column('user_id', sa.BigInteger(), nullable=False),
    sa.Column('role_id', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['role_id'], ['role.id'], name=op.f('fk_user_role_role_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_user_role_user_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('user_id', 'role_id', name=op.f('pk_user_role'))
    )
    op.create_table('calendar_version',
    sa.Column('calendar_id', sa.BigInteger(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('definition', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('published_by_id', sa.BigInteger(), nullable=True),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.ForeignKeyConstraint(['calendar_id'], ['calendar.id'], name=op.f('fk_calendar_version_calendar_id')),
    sa.ForeignKeyConstraint(['published_by_id'], ['user.id'], name=op.f('fk_calendar_version_published_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_calendar_version')),
    sa.UniqueConstraint('calendar_id', 'version', name=op.f('uq_calendar_version_calendar_id_version'))
    )
    op.create_table('mailbox',
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('address', sa.String(), nullable=False),
    sa.Column('sender_name', sa.String(), nullable=False),
    sa.Column('queue_id', sa.BigInteger(), nullable=False),
    sa.Column('signature', sa.String(), nullable=False),
    sa.Column('language', sa.String(), nullable=False),
    sa.Column('fetch', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('confirm', sa.Boolean(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('checked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('problem', sa.String(), nullable=True),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.ForeignKeyConstraint(['queue_id'], ['queue.id'], name=op.f('fk_mailbox_queue_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_mailbox')),
    sa.UniqueConstraint('address', name=op.f('uq_mailbox_address')),
    sa.UniqueConstraint('name', name=op.f('uq_mailbox_name'))
    )
    op.create_table('person',
    sa.Column('user_id', sa.BigInteger(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('branch_id', sa.BigInteger(), nullable=False),
    sa.Column('team_id', sa.BigInteger(), nullable=True),
    sa.Column('phone', sa.String(), nullable=True),
    sa.Column('home_latitude', sa.Double(), nullable=True),
    sa.Column('home_longitude', sa.Double(), nullable=True),
    sa.Column('capacity', sa.Integer(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.CheckConstraint("kind IN ('agent', 'technician', 'both')", name=op.f('ck_person_kind')),
    sa.ForeignKeyConstraint(['branch_id'], ['branch.id'], name=op.f('fk_person_branch_id')),
    sa.ForeignKeyConstraint(['team_id'], ['team.id'], name=op.f('fk_person_team_id')),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_person_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_person')),
    sa.UniqueConstraint('user_id', name=op.f('uq_person_user_id'))
    )
    op.create_index(op.f('ix_person_branch_id'), 'person', ['branch_id'], unique=False)
    op.create_table('phone_number',
    sa.Column('number', sa.String(), nullable=False),
    sa.Column('label', sa.String(), nullable=False),
    sa.Column('branch_id', sa.BigInteger(), nullable=False),
    sa.Column('queue_id', sa.BigInteger(), nullable=False),
    sa.Column('menu_id', sa.BigInteger(), nullable=True),
    sa.Column('language', sa.String(), nullable=False),
    sa.Column('record_calls', sa.Boolean(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.ForeignKeyConstraint(['branch_id'], ['branch.id'], name=op.f('fk_phone_number_branch_id')),
    sa.ForeignKeyConstraint(['menu_id'], ['voice_menu.id'], name=op.f('fk_phone_number_menu_id')),
    sa.ForeignKeyConstraint(['queue_id'], ['queue.id'], name=op.f('fk_phone_number_queue_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_phone_number')),
    sa.UniqueConstraint('number', name=op.f('uq_phone_number_number'))
    )
    op.create_table('policy',
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('conditions', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('targets', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('calendar_id', sa.BigInteger(), nullable=True),
    sa.Column('warn_percent', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.ForeignKeyConstraint(['calendar_id'], ['calendar.id'], name=op.f('fk_policy_calendar_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_policy')),
    sa.UniqueConstraint('name', name=op.f('uq_policy_name'))
    )
    op.create_table('queue_skill',
    sa.Column('queue_id', sa.BigInteger(), nullable=False),
    sa.Column('skill_id', sa.BigInteger(), nullable=False),
    sa.Column('level', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['queue_id'], ['queue.id'], name=op.f('fk_queue_skill_queue_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['skill_id'], ['skill.id'], name=op.f('fk_queue_skill_skill_id')),
    sa.PrimaryKeyConstraint('queue_id', 'skill_id', name=op.f('pk_queue_skill'))
    )
    op.create_table('absence',
    sa.Column('person_id', sa.BigInteger(), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.CheckConstraint('ends_at > starts_at', name=op.f('ck_absence_order')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_absence_person_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_absence'))
    )
    op.create_index('ix_absence_person_ends', 'absence', ['person_id', 'ends_at'], unique=False)
    op.create_table('customer',
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('language', sa.String(), nullable=False),
    sa.Column('tier', sa.String(), nullable=False),
    sa.Column('representative_id', sa.BigInteger(), nullable=True),
    sa.Column('organisation_id', sa.BigInteger(), nullable=True),
    sa.Column('notes', sa.String(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_contact_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('archived_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('import_id', sa.BigInteger(), nullable=True),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.CheckConstraint("kind IN ('person', 'organisation')", name=op.f('ck_customer_kind')),
    sa.ForeignKeyConstraint(['import_id'], ['customer_import.id'], name=op.f('fk_customer_import_id')),
    sa.ForeignKeyConstraint(['organisation_id'], ['customer.id'], name=op.f('fk_customer_organisation_id')),
    sa.ForeignKeyConstraint(['representative_id'], ['person.id'], name=op.f('fk_customer_representative_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_customer'))
    )
    op.create_index(op.f('ix_customer_import_id'), 'customer', ['import_id'], unique=False)
    op.create_index('ix_customer_name', 'customer', [sa.literal_column('lower(name)'), 'id'], unique=False)
    op.create_index(op.f('ix_customer_organisation_id'), 'customer', ['organisation_id'], unique=False)
    op.create_table('person_skill',
    sa.Column('person_id', sa.BigInteger(), nullable=False),
    sa.Column('skill_id', sa.BigInteger(), nullable=False),
    sa.Column('level', sa.Integer(), nullable=False),
    sa.Column('expires_on', sa.Date(), nullable=True),
    sa.CheckConstraint('level BETWEEN 1 AND 5', name=op.f('ck_person_skill_level')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_person_skill_person_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['skill_id'], ['skill.id'], name=op.f('fk_person_skill_skill_id')),
    sa.PrimaryKeyConstraint('person_id', 'skill_id', name=op.f('pk_person_skill'))
    )
    op.create_table('place',
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('branch_id', sa.BigInteger(), nullable=True),
    sa.Column('person_id', sa.BigInteger(), nullable=True),
    sa.Column('latitude', sa.Double(), nullable=True),
    sa.Column('longitude', sa.Double(), nullable=True),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.CheckConstraint("(kind = 'van') OR person_id IS NULL", name=op.f('ck_place_only_vans_have_a_person')),
    sa.CheckConstraint("kind IN ('warehouse', 'van', 'staging', 'supplier', 'customer', 'transit', 'scrap', 'adjustment')", name=op.f('ck_place_kind')),
    sa.ForeignKeyConstraint(['branch_id'], ['branch.id'], name=op.f('fk_place_branch_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_place_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_place')),
    sa.UniqueConstraint('name', name=op.f('uq_place_name')),
    sa.UniqueConstraint('person_id', name=op.f('uq_place_person_id'))
    )
    op.create_table('presence',
    sa.Column('person_id', sa.BigInteger(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('reason', sa.String(), nullable=True),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.Column('until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.CheckConstraint("state IN ('offline', 'ready', 'on_call', 'wrap_up', 'break')", name=op.f('ck_presence_state')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_presence_person_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_presence'))
    )
    op.create_index('ix_presence_since', 'presence', ['since'], unique=False)
    op.create_index('uq_presence_current', 'presence', ['person_id'], unique=True, postgresql_where=sa.text('until IS NULL'))
    op.create_table('shift',
    sa.Column('person_id', sa.BigInteger(), nullable=False),
    sa.Column('weekday', sa.Integer(), nullable=False),
    sa.Column('starts', sa.String(), nullable=False),
    sa.Column('ends', sa.String(), nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.CheckConstraint('weekday BETWEEN 0 AND 6', name=op.f('ck_shift_weekday')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_shift_person_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_shift')),
    sa.UniqueConstraint('person_id', 'weekday', 'starts', name=op.f('uq_shift_person_id_weekday_starts'))
    )
    op.create_table('consent',
    sa.Column('customer_id', sa.BigInteger(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('given', sa.Boolean(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('actor_id', sa.BigInteger(), nullable=True),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.ForeignKeyConstraint(['actor_id'], ['user.id'], name=op.f('fk_consent_actor_id')),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_consent_customer_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_consent'))
    )
    op.create_index('ix_consent_customer', 'consent', ['customer_id', 'kind', 'at'], unique=False)
    op.create_table('contact_point',
    sa.Column('customer_id', sa.BigInteger(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('value', sa.String(), nullable=False),
    sa.Column('extension', sa.String(), nullable=False),
    sa.Column('label', sa.String(), nullable=False),
    sa.Column('undeliverable_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.CheckConstraint("kind IN ('phone', 'email')", name=op.f('ck_contact_point_kind')),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_contact_point_customer_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contact_point')),
    sa.UniqueConstraint('customer_id', 'kind', 'value', 'extension', name=op.f('uq_contact_point_customer_id_kind_value_extension'))
    )
    op.create_index('ix_contact_point_value', 'contact_point', ['kind', 'value'], unique=False)
    op.create_table('customer_import_row',
    sa.Column('import_id', sa.BigInteger(), nullable=False),
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('cells', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('outcome', sa.String(), nullable=False),
    sa.Column('decision', sa.String(), nullable=False),
    sa.Column('problems', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('like', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('same_as', sa.Integer(), nullable=True),
    sa.Column('customer_id', sa.BigInteger(), nullable=True),
    sa.CheckConstraint("decision IN ('skip', 'add')", name=op.f('ck_customer_import_row_decision')),
    sa.CheckConstraint("outcome IN ('open', 'ok', 'joins', 'duplicate', 'problem', 'done', 'undone', 'kept')", name=op.f('ck_customer_import_row_outcome')),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_customer_import_row_customer_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['import_id'], ['customer_import.id'], name=op.f('fk_customer_import_row_import_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('import_id', 'number', name=op.f('pk_customer_import_row'))
    )
    op.create_index(op.f('ix_customer_import_row_customer_id'), 'customer_import_row', ['customer_id'], unique=False)
    op.create_index('ix_customer_import_row_outcome', 'customer_import_row', ['import_id', 'outcome', 'number'], unique=False)
    op.create_table('purchase_line',
    sa.Column('part_id', sa.BigInteger(), nullable=False),
    sa.Column('place_id', sa.BigInteger(), nullable=False),
    sa.Column('supplier', sa.String(), nullable=False),
    sa.Column('quantity', sa.Integer(), nullable=False),
    sa.Column('received', sa.Integer(), nullable=False),
    sa.Column('reserved', sa.Integer(), nullable=False),
    sa.Column('eta', sa.Date(), nullable=True),
    sa.Column('ordered_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.CheckConstraint('quantity > 0 AND received >= 0 AND received <= quantity AND reserved >= 0', name=op.f('ck_purchase_line_quantities')),
    sa.ForeignKeyConstraint(['part_id'], ['part.id'], name=op.f('fk_purchase_line_part_id')),
    sa.ForeignKeyConstraint(['place_id'], ['place.id'], name=op.f('fk_purchase_line_place_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_purchase_line'))
    )
    op.create_index(op.f('ix_purchase_line_part_id'), 'purchase_line', ['part_id'], unique=False)
    op.create_table('site',
    sa.Column('customer_id', sa.BigInteger(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('street', sa.String(), nullable=False),
    sa.Column('postal_code', sa.String(), nullable=False),
    sa.Column('city', sa.String(), nullable=False),
    sa.Column('country', sa.String(), nullable=False),
    sa.Column('time_zone', sa.String(), nullable=False),
    sa.Column('latitude', sa.Double(), nullable=True),
    sa.Column('longitude', sa.Double(), nullable=True),
    sa.Column('access', sa.String(), nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_site_customer_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_site'))
    )
    op.create_index(op.f('ix_site_customer_id'), 'site', ['customer_id'], unique=False)
    op.create_table('stock_balance',
    sa.Column('part_id', sa.BigInteger(), nullable=False),
    sa.Column('place_id', sa.BigInteger(), nullable=False),
    sa.Column('on_hand', sa.Integer(), nullable=False),
    sa.Column('reserved', sa.Integer(), nullable=False),
    sa.CheckConstraint('on_hand >= 0', name=op.f('ck_stock_balance_on_hand')),
    sa.CheckConstraint('reserved >= 0 AND reserved <= on_hand', name=op.f('ck_stock_balance_reserved')),
    sa.ForeignKeyConstraint(['part_id'], ['part.id'], name=op.f('fk_stock_balance_part_id')),
    sa.ForeignKeyConstraint(['place_id'], ['place.id'], name=op.f('fk_stock_balance_place_id')),
    sa.PrimaryKeyConstraint('part_id', 'place_id', name=op.f('pk_stock_balance'))
    )
    op.create_table('equipment',
    sa.Column('customer_id', sa.BigInteger(), nullable=False),
    sa.Column('site_id', sa.BigInteger(), nullable=True),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('maker', sa.String(), nullable=False),
    sa.Column('model', sa.String(), nullable=False),
    sa.Column('serial', sa.String(), nullable=False),
    sa.Column('installed_on', sa.Date(), nullable=True),
    sa.Column('warranty_until', sa.Date(), nullable=True),
    sa.Column('retired_on', sa.Date(), nullable=True),
    sa.Column('notes', sa.String(), nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_equipment_customer_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_equipment_site_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_equipment'))
    )
    op.create_index(op.f('ix_equipment_customer_id'), 'equipment', ['customer_id'], unique=False)
    op.create_index('ix_equipment_serial', 'equipment', [sa.literal_column('lower(serial)')], unique=False)
    op.create_index(op.f('ix_equipment_site_id'), 'equipment', ['site_id'], unique=False)
    op.create_table('contract',
    sa.Column('customer_id', sa.BigInteger(), nullable=False),
    sa.Column('equipment_id', sa.BigInteger(), nullable=True),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('coverage', sa.String(), nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=True),
    sa.Column('visits_per_year', sa.Integer(), nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_contract_customer_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['equipment_id'], ['equipment.id'], name=op.f('fk_contract_equipment_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contract'))
    )
    op.create_index(op.f('ix_contract_customer_id'), 'contract', ['customer_id'], unique=False)
    op.create_index(op.f('ix_contract_equipment_id'), 'contract', ['equipment_id'], unique=False)
    op.create_table('ticket',
    sa.Column('number', sa.BigInteger(), nullable=False),
    sa.Column('subject', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('wait_reason', sa.String(), nullable=True),
    sa.Column('priority', sa.String(), nullable=False),
    sa.Column('channel', sa.String(), nullable=False),
    sa.Column('language', sa.String(), nullable=False),
    sa.Column('queue_id', sa.BigInteger(), nullable=False),
    sa.Column('assignee_id', sa.BigInteger(), nullable=True),
    sa.Column('customer_id', sa.BigInteger(), nullable=True),
    sa.Column('contact_email', sa.String(), nullable=True),
    sa.Column('contact_phone', sa.String(), nullable=True),
    sa.Column('site_id', sa.BigInteger(), nullable=True),
    sa.Column('equipment_id', sa.BigInteger(), nullable=True),
    sa.Column('policy_id', sa.BigInteger(), nullable=True),
    sa.Column('fields', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by_id', sa.BigInteger(), nullable=True),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('first_response_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('unanswered_since', sa.DateTime(timezone=True), nullable=True),
    sa.Column('resolved_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reopened', sa.Integer(), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('is_open', sa.Boolean(), sa.Computed("status NOT IN ('resolved', 'closed')", persisted=True), nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.CheckConstraint("(status = 'waiting') = (wait_reason IS NOT NULL)", name=op.f('ck_ticket_wait_reason')),
    sa.CheckConstraint("status IN ('new', 'open', 'waiting', 'scheduled', 'resolved', 'closed')", name=op.f('ck_ticket_status')),
    sa.ForeignKeyConstraint(['assignee_id'], ['person.id'], name=op.f('fk_ticket_assignee_id')),
    sa.ForeignKeyConstraint(['created_by_id'], ['user.id'], name=op.f('fk_ticket_created_by_id')),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_ticket_customer_id')),
    sa.ForeignKeyConstraint(['equipment_id'], ['equipment.id'], name=op.f('fk_ticket_equipment_id')),
    sa.ForeignKeyConstraint(['policy_id'], ['policy.id'], name=op.f('fk_ticket_policy_id')),
    sa.ForeignKeyConstraint(['queue_id'], ['queue.id'], name=op.f('fk_ticket_queue_id')),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_ticket_site_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ticket')),
    sa.UniqueConstraint('number', name=op.f('uq_ticket_number'))
    )
    op.create_index('ix_ticket_assignee', 'ticket', ['assignee_id', 'due_at'], unique=False, postgresql_where=sa.text("status NOT IN ('resolved', 'closed')"))
    op.create_index('ix_ticket_created_at', 'ticket', ['created_at', 'id'], unique=False)
    op.create_index(op.f('ix_ticket_customer_id'), 'ticket', ['customer_id'], unique=False)
    op.create_index(op.f('ix_ticket_equipment_id'), 'ticket', ['equipment_id'], unique=False)
    op.create_index('ix_ticket_open_due', 'ticket', ['queue_id', 'due_at', 'id'], unique=False, postgresql_where=sa.text("status NOT IN ('resolved', 'closed')"))
    op.create_index(op.f('ix_ticket_site_id'), 'ticket', ['site_id'], unique=False)
    op.create_index('ix_ticket_updated_at', 'ticket', ['updated_at', 'id'], unique=False)
    op.create_table('call',
    sa.Column('call_sid', sa.String(), nullable=False),
    sa.Column('direction', sa.String(), nullable=False),
    sa.Column('from_number', sa.String(), nullable=True),
    sa.Column('to_number', sa.String(), nullable=False),
    sa.Column('number_id', sa.BigInteger(), nullable=True),
    sa.Column('queue_id', sa.BigInteger(), nullable=True),
    sa.Column('customer_id', sa.BigInteger(), nullable=True),
    sa.Column('ticket_id', sa.BigInteger(), nullable=True),
    sa.Column('language', sa.String(), nullable=False),
    sa.Column('menu_choice', sa.String(), nullable=True),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('outcome', sa.String(), nullable=True),
    sa.Column('carrier_status', sa.String(), nullable=True),
    sa.Column('sequence', sa.Integer(), nullable=False),
    sa.Column('conference_sid', sa.String(), nullable=True),
    sa.Column('on_hold_since', sa.DateTime(timezone=True), nullable=True),
    sa.Column('hold_seconds', sa.Integer(), nullable=False),
    sa.Column('recording_consent', sa.Boolean(), nullable=True),
    sa.Column('disposition', sa.String(), nullable=True),
    sa.Column('note', sa.String(), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('wrapped_up_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.CheckConstraint("direction IN ('inbound', 'outbound')", name=op.f('ck_call_direction')),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_call_customer_id')),
    sa.ForeignKeyConstraint(['number_id'], ['phone_number.id'], name=op.f('fk_call_number_id')),
    sa.ForeignKeyConstraint(['queue_id'], ['queue.id'], name=op.f('fk_call_queue_id')),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_call_ticket_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_call')),
    sa.UniqueConstraint('call_sid', name=op.f('uq_call_call_sid'))
    )
    op.create_index('ix_call_customer', 'call', ['customer_id', 'started_at'], unique=False)
    op.create_index('ix_call_running', 'call', ['started_at'], unique=False, postgresql_where=sa.text('ended_at IS NULL'))
    op.create_index('ix_call_ticket', 'call', ['ticket_id'], unique=False)
    op.create_table('clock',
    sa.Column('ticket_id', sa.BigInteger(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('policy_id', sa.BigInteger(), nullable=True),
    sa.Column('calendar_version_id', sa.BigInteger(), nullable=True),
    sa.Column('target_seconds', sa.Integer(), nullable=False),
    sa.Column('carried_seconds', sa.Integer(), nullable=False),
    sa.Column('cancelled', sa.Boolean(), nullable=False),
    sa.Column('warn_percent', sa.Integer(), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('stopped_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('used_seconds', sa.Integer(), nullable=True),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('warn_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('remaining_seconds', sa.Integer(), nullable=True),
    sa.Column('fire_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('warned_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('breached_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.CheckConstraint("kind IN ('first_response', 'next_response', 'on_site', 'resolution')", name=op.f('ck_clock_kind')),
    sa.CheckConstraint("state IN ('running', 'paused', 'met', 'missed', 'cancelled')", name=op.f('ck_clock_state')),
    sa.ForeignKeyConstraint(['calendar_version_id'], ['calendar_version.id'], name=op.f('fk_clock_calendar_version_id')),
    sa.ForeignKeyConstraint(['policy_id'], ['policy.id'], name=op.f('fk_clock_policy_id')),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_clock_ticket_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_clock')),
    sa.UniqueConstraint('ticket_id', 'kind', 'started_at', name=op.f('uq_clock_ticket_id_kind_started_at'))
    )
    op.create_index('ix_clock_fire_at', 'clock', ['fire_at'], unique=False, postgresql_where=sa.text('fire_at IS NOT NULL'))
    op.create_index('ix_clock_ticket', 'clock', ['ticket_id'], unique=False)
    op.create_table('entry',
    sa.Column('ticket_id', sa.BigInteger(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('public', sa.Boolean(), nullable=False),
    sa.Column('channel', sa.String(), nullable=True),
    sa.Column('author_id', sa.BigInteger(), nullable=True),
    sa.Column('author_name', sa.String(), nullable=False),
    sa.Column('text', sa.String(), nullable=False),
    sa.Column('new_text', sa.String(), nullable=True),
    sa.Column('html', sa.String(), nullable=True),
    sa.Column('data', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('message_id', sa.String(), nullable=True),
    sa.Column('happened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.CheckConstraint("kind IN ('message_in', 'message_out', 'note', 'call', 'visit', 'change')", name=op.f('ck_entry_kind')),
    sa.ForeignKeyConstraint(['author_id'], ['user.id'], name=op.f('fk_entry_author_id')),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_entry_ticket_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_entry'))
    )
    op.create_index('ix_entry_message_id', 'entry', ['message_id'], unique=False, postgresql_where=sa.text('message_id IS NOT NULL'))
    op.create_index('ix_entry_ticket', 'entry', ['ticket_id', 'happened_at', 'id'], unique=False)
    op.create_table('magic_link',
    sa.Column('sha256', sa.String(), nullable=False),
    sa.Column('ticket_id', sa.BigInteger(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_used_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_magic_link_ticket_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_magic_link')),
    sa.UniqueConstraint('sha256', name=op.f('uq_magic_link_sha256'))
    )
    op.create_index(op.f('ix_magic_link_ticket_id'), 'magic_link', ['ticket_id'], unique=False)
    op.create_table('ticket_link',
    sa.Column('from_id', sa.BigInteger(), nullable=False),
    sa.Column('to_id', sa.BigInteger(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.CheckConstraint('from_id <> to_id', name=op.f('ck_ticket_link_not_itself')),
    sa.ForeignKeyConstraint(['from_id'], ['ticket.id'], name=op.f('fk_ticket_link_from_id')),
    sa.ForeignKeyConstraint(['to_id'], ['ticket.id'], name=op.f('fk_ticket_link_to_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ticket_link')),
    sa.UniqueConstraint('from_id', 'to_id', 'kind', name=op.f('uq_ticket_link_from_id_to_id_kind'))
    )
    op.create_index(op.f('ix_ticket_link_to_id'), 'ticket_link', ['to_id'], unique=False)
    op.create_table('visit',
    sa.Column('number', sa.BigInteger(), nullable=False),
    sa.Column('ticket_id', sa.BigInteger(), nullable=False),
    sa.Column('job_type_id', sa.BigInteger(), nullable=False),
    sa.Column('site_id', sa.BigInteger(), nullable=True),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('promised_from', sa.DateTime(timezone=True), nullable=False),
    sa.Column('promised_until', sa.DateTime(timezone=True), nullable=False),
    sa.Column('planned_start', sa.DateTime(timezone=True), nullable=False),
    sa.Column('planned_end', sa.DateTime(timezone=True), nullable=False),
    sa.Column('left_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('arrived_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('result', sa.String(), nullable=False),
    sa.Column('checklist', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('cancel_reason', sa.String(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by_id', sa.BigInteger(), nullable=True),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.CheckConstraint("status IN ('proposed', 'booked', 'on_the_way', 'on_site', 'done', 'needs_part', 'no_access', 'cancelled')", name=op.f('ck_visit_status')),
    sa.CheckConstraint('promised_until > promised_from', name=op.f('ck_visit_window')),
    sa.ForeignKeyConstraint(['created_by_id'], ['user.id'], name=op.f('fk_visit_created_by_id')),
    sa.ForeignKeyConstraint(['job_type_id'], ['job_type.id'], name=op.f('fk_visit_job_type_id')),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_visit_site_id')),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_visit_ticket_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_visit')),
    sa.UniqueConstraint('number', name=op.f('uq_visit_number'))
    )
    op.create_index('ix_visit_open', 'visit', ['ticket_id'], unique=False, postgresql_where=sa.text("status IN ('proposed', 'booked', 'on_the_way', 'on_site')"))
    op.create_index('ix_visit_planned', 'visit', ['planned_start'], unique=False)
    op.create_index(op.f('ix_visit_site_id'), 'visit', ['site_id'], unique=False)
    op.create_index(op.f('ix_visit_ticket_id'), 'visit', ['ticket_id'], unique=False)
    op.create_table('assignment',
    sa.Column('visit_id', sa.BigInteger(), nullable=False),
    sa.Column('resource', sa.String(), nullable=False),
    sa.Column('person_id', sa.BigInteger(), nullable=True),
    sa.Column('during', postgresql.TSTZRANGE(), nullable=False),
    sa.Column('travel_seconds', sa.Integer(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    postgresql.ExcludeConstraint((sa.column('resource'), '='), (sa.column('during'), '&&'), where=sa.text('active'), deferrable='True', initially='IMMEDIATE', using='gist', name='ex_assignment'),
    sa.CheckConstraint('travel_seconds >= 0', name=op.f('ck_assignment_travel')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_assignment_person_id')),
    sa.ForeignKeyConstraint(['visit_id'], ['visit.id'], name=op.f('fk_assignment_visit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_assignment'))
    )
    op.create_index(op.f('ix_assignment_person_id'), 'assignment', ['person_id'], unique=False)
    op.create_index('ix_assignment_visit', 'assignment', ['visit_id'], unique=False)
    op.create_table('call_leg',
    sa.Column('call_id', sa.BigInteger(), nullable=False),
    sa.Column('person_id', sa.BigInteger(), nullable=False),
    sa.Column('label', sa.String(), nullable=False),
    sa.Column('call_sid', sa.String(), nullable=True),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('muted', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('joined_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('left_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.ForeignKeyConstraint(['call_id'], ['call.id'], name=op.f('fk_call_leg_call_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_call_leg_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_call_leg')),
    sa.UniqueConstraint('call_sid', name=op.f('uq_call_leg_call_sid'))
    )
    op.create_index('ix_call_leg_call', 'call_leg', ['call_id'], unique=False)
    op.create_table('clock_pause',
    sa.Column('clock_id', sa.BigInteger(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.ForeignKeyConstraint(['clock_id'], ['clock.id'], name=op.f('fk_clock_pause_clock_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_clock_pause'))
    )
    op.create_index(op.f('ix_clock_pause_clock_id'), 'clock_pause', ['clock_id'], unique=False)
    op.create_index('uq_clock_pause_open', 'clock_pause', ['clock_id'], unique=True, postgresql_where=sa.text('ends_at IS NULL'))
    op.create_table('entry_file',
    sa.Column('entry_id', sa.BigInteger(), nullable=False),
    sa.Column('file_id', sa.BigInteger(), nullable=False),
    sa.Column('content_id', sa.String(), nullable=True),
    sa.ForeignKeyConstraint(['entry_id'], ['entry.id'], name=op.f('fk_entry_file_entry_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['file_id'], ['file.id'], name=op.f('fk_entry_file_file_id')),
    sa.PrimaryKeyConstraint('entry_id', 'file_id', name=op.f('pk_entry_file'))
    )
    op.create_table('outgoing_mail',
    sa.Column('ticket_id', sa.BigInteger(), nullable=False),
    sa.Column('entry_id', sa.BigInteger(), nullable=True),
    sa.Column('mailbox_id', sa.BigInteger(), nullable=False),
    sa.Column('message_id', sa.String(), nullable=False),
    sa.Column('recipient', sa.String(), nullable=False),
    sa.Column('subject', sa.String(), nullable=False),
    sa.Column('automatic', sa.Boolean(), nullable=False),
    sa.Column('body', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('uncertain', sa.Integer(), nullable=False),
    sa.Column('error', sa.String(), nullable=True),
    sa.Column('outbox_id', sa.BigInteger(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.CheckConstraint("state IN ('queued', 'sending', 'sent', 'failed', 'bounced')", name=op.f('ck_outgoing_mail_state')),
    sa.ForeignKeyConstraint(['entry_id'], ['entry.id'], name=op.f('fk_outgoing_mail_entry_id')),
    sa.ForeignKeyConstraint(['mailbox_id'], ['mailbox.id'], name=op.f('fk_outgoing_mail_mailbox_id')),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_outgoing_mail_ticket_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outgoing_mail')),
    sa.UniqueConstraint('entry_id', name=op.f('uq_outgoing_mail_entry_id')),
    sa.UniqueConstraint('message_id', name=op.f('uq_outgoing_mail_message_id'))
    )
    op.create_index('ix_outgoing_mail_recent', 'outgoing_mail', ['recipient', 'created_at'], unique=False)
    op.create_index(op.f('ix_outgoing_mail_ticket_id'), 'outgoing_mail', ['ticket_id'], unique=False)
    op.create_index('ix_outgoing_mail_unsent', 'outgoing_mail', ['id'], unique=False, postgresql_where=sa.text("state IN ('queued', 'sending', 'failed')"))
    op.create_table('queue_entry',
    sa.Column('call_id', sa.BigInteger(), nullable=False),
    sa.Column('queue_id', sa.BigInteger(), nullable=False),
    sa.Column('priority', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('outcome', sa.String(), nullable=True),
    sa.Column('enqueued_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('heartbeat_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('skip_person_ids', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('target_person_id', sa.BigInteger(), nullable=True),
    sa.Column('target_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('carrier_queue_sid', sa.String(), nullable=True),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.CheckConstraint("(state = 'ended') = (outcome IS NOT NULL)", name=op.f('ck_queue_entry_outcome')),
    sa.CheckConstraint("state IN ('waiting', 'offered', 'joining', 'ended')", name=op.f('ck_queue_entry_state')),
    sa.ForeignKeyConstraint(['call_id'], ['call.id'], name=op.f('fk_queue_entry_call_id')),
    sa.ForeignKeyConstraint(['queue_id'], ['queue.id'], name=op.f('fk_queue_entry_queue_id')),
    sa.ForeignKeyConstraint(['target_person_id'], ['person.id'], name=op.f('fk_queue_entry_target_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_queue_entry'))
    )
    op.create_index('ix_queue_entry_enqueued_at', 'queue_entry', ['enqueued_at'], unique=False)
    op.create_index('ix_queue_entry_waiting', 'queue_entry', ['queue_id', sa.literal_column('priority DESC'), 'enqueued_at'], unique=False, postgresql_where=sa.text("state = 'waiting'"))
    op.create_index('uq_queue_entry_open', 'queue_entry', ['call_id'], unique=True, postgresql_where=sa.text("state <> 'ended'"))
    op.create_table('raw_message',
    sa.Column('mailbox_id', sa.BigInteger(), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('message_id', sa.String(), nullable=True),
    sa.Column('in_reply_to', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('file_id', sa.BigInteger(), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('sender', sa.String(), nullable=False),
    sa.Column('recipient', sa.String(), nullable=False),
    sa.Column('subject', sa.String(), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('action', sa.String(), nullable=True),
    sa.Column('reason', sa.String(), nullable=True),
    sa.Column('error', sa.String(), nullable=True),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('ticket_id', sa.BigInteger(), nullable=True),
    sa.Column('entry_id', sa.BigInteger(), nullable=True),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('applied_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.CheckConstraint("action IN ('created', 'appended', 'duplicate', 'ignored')", name=op.f('ck_raw_message_action')),
    sa.CheckConstraint("state IN ('received', 'applied', 'quarantined', 'discarded')", name=op.f('ck_raw_message_state')),
    sa.ForeignKeyConstraint(['entry_id'], ['entry.id'], name=op.f('fk_raw_message_entry_id')),
    sa.ForeignKeyConstraint(['file_id'], ['file.id'], name=op.f('fk_raw_message_file_id')),
    sa.ForeignKeyConstraint(['mailbox_id'], ['mailbox.id'], name=op.f('fk_raw_message_mailbox_id')),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_raw_message_ticket_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_raw_message')),
    sa.UniqueConstraint('mailbox_id', 'key', name=op.f('uq_raw_message_mailbox_id_key'))
    )
    op.create_index('ix_raw_message_in_reply_to', 'raw_message', ['in_reply_to'], unique=False, postgresql_using='gin')
    op.create_index('ix_raw_message_message_id', 'raw_message', ['message_id'], unique=False)
    op.create_index('ix_raw_message_open', 'raw_message', ['received_at'], unique=False, postgresql_where=sa.text("state IN ('received', 'quarantined')"))
    op.create_index(op.f('ix_raw_message_ticket_id'), 'raw_message', ['ticket_id'], unique=False)
    op.create_table('recording',
    sa.Column('call_id', sa.BigInteger(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('recording_sid', sa.String(), nullable=False),
    sa.Column('url', sa.String(), nullable=False),
    sa.Column('seconds', sa.Integer(), nullable=False),
    sa.Column('file_id', sa.BigInteger(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.ForeignKeyConstraint(['call_id'], ['call.id'], name=op.f('fk_recording_call_id')),
    sa.ForeignKeyConstraint(['file_id'], ['file.id'], name=op.f('fk_recording_file_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recording')),
    sa.UniqueConstraint('recording_sid', name=op.f('uq_recording_recording_sid'))
    )
    op.create_index(op.f('ix_recording_call_id'), 'recording', ['call_id'], unique=False)
    op.create_table('reservation',
    sa.Column('visit_id', sa.BigInteger(), nullable=False),
    sa.Column('part_id', sa.BigInteger(), nullable=False),
    sa.Column('place_id', sa.BigInteger(), nullable=True),
    sa.Column('purchase_line_id', sa.BigInteger(), nullable=True),
    sa.Column('quantity', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.CheckConstraint("state IN ('held', 'used', 'released')", name=op.f('ck_reservation_state')),
    sa.CheckConstraint('(place_id IS NULL) <> (purchase_line_id IS NULL)', name=op.f('ck_reservation_source')),
    sa.CheckConstraint('quantity > 0', name=op.f('ck_reservation_quantity')),
    sa.ForeignKeyConstraint(['part_id'], ['part.id'], name=op.f('fk_reservation_part_id')),
    sa.ForeignKeyConstraint(['place_id'], ['place.id'], name=op.f('fk_reservation_place_id')),
    sa.ForeignKeyConstraint(['purchase_line_id'], ['purchase_line.id'], name=op.f('fk_reservation_purchase_line_id')),
    sa.ForeignKeyConstraint(['visit_id'], ['visit.id'], name=op.f('fk_reservation_visit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reservation'))
    )
    op.create_index('ix_reservation_held', 'reservation', ['part_id', 'place_id'], unique=False, postgresql_where=sa.text("state = 'held'"))
    op.create_index(op.f('ix_reservation_visit_id'), 'reservation', ['visit_id'], unique=False)
    op.create_table('stock_move',
    sa.Column('uuid', sa.Uuid(), nullable=False),
    sa.Column('part_id', sa.BigInteger(), nullable=False),
    sa.Column('from_place_id', sa.BigInteger(), nullable=False),
    sa.Column('to_place_id', sa.BigInteger(), nullable=False),
    sa.Column('quantity', sa.Integer(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('visit_id', sa.BigInteger(), nullable=True),
    sa.Column('reverses_id', sa.BigInteger(), nullable=True),
    sa.Column('actor_id', sa.BigInteger(), nullable=True),
    sa.Column('happened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.CheckConstraint('from_place_id <> to_place_id', name=op.f('ck_stock_move_places')),
    sa.CheckConstraint('quantity > 0', name=op.f('ck_stock_move_quantity')),
    sa.ForeignKeyConstraint(['actor_id'], ['user.id'], name=op.f('fk_stock_move_actor_id')),
    sa.ForeignKeyConstraint(['from_place_id'], ['place.id'], name=op.f('fk_stock_move_from_place_id')),
    sa.ForeignKeyConstraint(['part_id'], ['part.id'], name=op.f('fk_stock_move_part_id')),
    sa.ForeignKeyConstraint(['reverses_id'], ['stock_move.id'], name=op.f('fk_stock_move_reverses_id')),
    sa.ForeignKeyConstraint(['to_place_id'], ['place.id'], name=op.f('fk_stock_move_to_place_id')),
    sa.ForeignKeyConstraint(['visit_id'], ['visit.id'], name=op.f('fk_stock_move_visit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_stock_move')),
    sa.UniqueConstraint('reverses_id', name=op.f('uq_stock_move_reverses_id')),
    sa.UniqueConstraint('uuid', name=op.f('uq_stock_move_uuid'))
    )
    op.create_index('ix_stock_move_part', 'stock_move', ['part_id', 'id'], unique=False)
    op.create_index(op.f('ix_stock_move_visit_id'), 'stock_move', ['visit_id'], unique=False)
    op.create_table('offer',
    sa.Column('entry_id', sa.BigInteger(), nullable=False),
    sa.Column('person_id', sa.BigInteger(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('offered_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('deadline_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('token_sha256', sa.String(), nullable=True),
    sa.Column('token_used_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.CheckConstraint("state IN ('open', 'accepted', 'declined', 'expired', 'withdrawn')", name=op.f('ck_offer_state')),
    sa.ForeignKeyConstraint(['entry_id'], ['queue_entry.id'], name=op.f('fk_offer_entry_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_offer_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_offer'))
    )
    op.create_index('ix_offer_deadline', 'offer', ['deadline_at'], unique=False, postgresql_where=sa.text("state = 'open'"))
    op.create_index('uq_offer_entry_open', 'offer', ['entry_id'], unique=True, postgresql_where=sa.text("state = 'open'"))
    op.create_index('uq_offer_person_open', 'offer', ['person_id'], unique=True, postgresql_where=sa.text("state = 'open'"))
    op.create_table('usage',
    sa.Column('visit_id', sa.BigInteger(), nullable=False),
    sa.Column('part_id', sa.BigInteger(), nullable=False),
    sa.Column('place_id', sa.BigInteger(), nullable=False),
    sa.Column('quantity', sa.Integer(), nullable=False),
    sa.Column('move_id', sa.BigInteger(), nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.ForeignKeyConstraint(['move_id'], ['stock_move.id'], name=op.f('fk_usage_move_id')),
    sa.ForeignKeyConstraint(['part_id'], ['part.id'], name=op.f('fk_usage_part_id')),
    sa.ForeignKeyConstraint(['place_id'], ['place.id'], name=op.f('fk_usage_place_id')),
    sa.ForeignKeyConstraint(['visit_id'], ['visit.id'], name=op.f('fk_usage_visit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_usage')),
    sa.UniqueConstraint('move_id', name=op.f('uq_usage_move_id'))
    )
    op.create_index(op.f('ix_usage_visit_id'), 'usage', ['visit_id'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_usage_visit_id'), table_name='usage')
    op.drop_table('usage')
    op.drop_index('uq_offer_person_open', table_name='offer', postgresql_where=sa.text("state = 'open'"))
    op.drop_index('uq_offer_entry_open', table_name='offer', postgresql_where=sa.text("state = 'open'"))
    op.drop_index('ix_offer_deadline', table_name='offer', postgresql_where=sa.text("state = 'open'"))
    op.drop_table('offer')
    op.drop_index(op.f('ix_stock_move_visit_id'), table_name='stock_move')
    op.drop_index('ix_stock_move_part', table_name='stock_move')
    op.drop_table('stock_move')
    op.drop_index(op.f('ix_reservation_visit_id'), table_name='reservation')
    op.drop_index('ix_reservation_held', table_name='reservation', postgresql_where=sa.text("state = 'held'"))
    op.drop_table('reservation')
    op.drop_index(op.f('ix_recording_call_id'), table_name='recording')
    op.drop_table('recording')
    op.drop_index(op.f('ix_raw_message_ticket_id'), table_name='raw_message')
    op.drop_index('ix_raw_message_open', table_name='raw_message', postgresql_where=sa.text("state IN ('received', 'quarantined')"))
    op.drop_index('ix_raw_message_message_id', table_name='raw_message')
    op.drop_index('ix_raw_message_in_reply_to', table_name='raw_message', postgresql_using='gin')
    op.drop_table('raw_message')
    op.drop_index('uq_queue_entry_open', table_name='queue_entry', postgresql_where=sa.text("state <> 'ended'"))
    op.drop_index('ix_queue_entry_waiting', table_name='queue_entry', postgresql_where=sa.text("state = 'waiting'"))
    op.drop_index('ix_queue_entry_enqueued_at', table_name='queue_entry')
    op.drop_table('queue_entry')
    op.drop_index('ix_outgoing_mail_unsent', table_name='outgoing_mail', postgresql_where=sa.text("state IN ('queued', 'sending', 'failed')"))
    op.drop_index(op.f('ix_outgoing_mail_ticket_id'), table_name='outgoing_mail')
    op.drop_index('ix_outgoing_mail_recent', table_name='outgoing_mail')
    op.drop_table('outgoing_mail')
    op.drop_table('entry_file')
    op.drop_index('uq_clock_pause_open', table_name='clock_pause', postgresql_where=sa.text('ends_at IS NULL'))
    op.drop_index(op.f('ix_clock_pause_clock_id'), table_name='clock_pause')
    op.drop_table('clock_pause')
    op.drop_index('ix_call_leg_call', table_name='call_leg')
    op.drop_table('call_leg')
    op.drop_index('ix_assignment_visit', table_name='assignment')
    op.drop_index(op.f('ix_assignment_person_id'), table_name='assignment')
    op.drop_table('assignment')
    op.drop_index(op.f('ix_visit_ticket_id'), table_name='visit')
    op.drop_index(op.f('ix_visit_site_id'), table_name='visit')
    op.drop_index('ix_visit_planned', table_name='visit')
    op.drop_index('ix_visit_open', table_name='visit', postgresql_where=sa.text("status IN ('proposed', 'booked', 'on_the_way', 'on_site')"))
    op.drop_table('visit')
    op.drop_index(op.f('ix_ticket_link_to_id'), table_name='ticket_link')
    op.drop_table('ticket_link')
    op.drop_index(op.f('ix_magic_link_ticket_id'), table_name='magic_link')
    op.drop_table('magic_link')
    op.drop_index('ix_entry_ticket', table_name='entry')
    op.drop_index('ix_entry_message_id', table_name='entry', postgresql_where=sa.text('message_id IS NOT NULL'))
    op.drop_table('entry')
    op.drop_index('ix_clock_ticket', table_name='clock')
    op.drop_index('ix_clock_fire_at', table_name='clock', postgresql_where=sa.text('fire_at IS NOT NULL'))
    op.drop_table('clock')
    op.drop_index('ix_call_ticket', table_name='call')
    op.drop_index('ix_call_running', table_name='call', postgresql_where=sa.text('ended_at IS NULL'))
    op.drop_index('ix_call_customer', table_name='call')
    op.drop_table('call')
    op.drop_index('ix_ticket_updated_at', table_name='ticket')
    op.drop_index(op.f('ix_ticket_site_id'), table_name='ticket')
    op.drop_index('ix_ticket_open_due', table_name='ticket', postgresql_where=sa.text("status NOT IN ('resolved', 'closed')"))
    op.drop_index(op.f('ix_ticket_equipment_id'), table_name='ticket')
    op.drop_index(op.f('ix_ticket_customer_id'), table_name='ticket')
    op.drop_index('ix_ticket_created_at', table_name='ticket')
    op.drop_index('ix_ticket_assignee', table_name='ticket', postgresql_where=sa.text("status NOT IN ('resolved', 'closed')"))
    op.drop_table('ticket')
    op.drop_index(op.f('ix_contract_equipment_id'), table_name='contract')
    op.drop_index(op.f('ix_contract_customer_id'), table_name='contract')
    op.drop_table('contract')
    op.drop_index(op.f('ix_equipment_site_id'), table_name='equipment')
    op.drop_index('ix_equipment_serial', table_name='equipment')
    op.drop_index(op.f('ix_equipment_customer_id'), table_name='equipment')
    op.drop_table('equipment')
    op.drop_table('stock_balance')
    op.drop_index(op.f('ix_site_customer_id'), table_name='site')
    op.drop_table('site')
    op.drop_index(op.f('ix_purchase_line_part_id'), table_name='purchase_line')
    op.drop_table('purchase_line')
    op.drop_index('ix_customer_import_row_outcome', table_name='customer_import_row')
    op.drop_index(op.f('ix_customer_import_row_customer_id'), table_name='customer_import_row')
    op.drop_table('customer_import_row')
    op.drop_index('ix_contact_point_value', table_name='contact_point')
    op.drop_table('contact_point')
    op.drop_index('ix_consent_customer', table_name='consent')
    op.drop_table('consent')
    op.drop_table('shift')
    op.drop_index('uq_presence_current', table_name='presence', postgresql_where=sa.text('until IS NULL'))
    op.drop_index('ix_presence_since', table_name='presence')
    op.drop_table('presence')
    op.drop_table('place')
    op.drop_table('person_skill')
    op.drop_index(op.f('ix_customer_organisation_id'), table_name='customer')
    op.drop_index('ix_customer_name', table_name='customer')
    op.drop_index(op.f('ix_customer_import_id'), table_name='customer')
    op.drop_table('customer')
    op.drop_index('ix_absence_person_ends', table_name='absence')
    op.drop_table('absence')
    op.drop_table('queue_skill')
    op.drop_table('policy')
    op.drop_table('phone_number')
    op.drop_index(op.f('ix_person_branch_id'), table_name='person')
    op.drop_table('person')
    op.drop_table('mailbox')
    op.drop_table('calendar_version')
    op.drop_table('user_role')
    op.drop_table('token')
    op.drop_table('team')
    op.drop_table('queue')
    op.drop_table('job_type_skill')
    op.drop_table('job_type_part')
    op.drop_table('customer_import')
    op.drop_table('calendar')
    op.drop_index('ix_audit_entry_target', table_name='audit_entry')
    op.drop_index('ix_audit_entry_at', table_name='audit_entry')
    op.drop_table('audit_entry')
    op.drop_table('voice_menu')
    op.drop_table('user')
    op.drop_table('skill')
    op.drop_index('ix_search_entry_words', table_name='search_entry', postgresql_using='gin')
    op.drop_table('search_entry')
    op.drop_table('role')
    op.drop_table('part')
    op.drop_index('ix_outbox_open', table_name='outbox', postgresql_where=sa.text('done_at IS NULL AND gave_up_at IS NULL'))
    op.drop_index('ix_outbox_done_at', table_name='outbox', postgresql_where=sa.text('done_at IS NOT NULL'))
    op.drop_table('outbox')
    op.drop_table('live_epoch')
    op.drop_table('lease')
    op.drop_table('job_type')
    op.drop_table('invitation')
    op.drop_index('ix_inbox_received_at', table_name='inbox')
    op.drop_index('ix_inbox_open', table_name='inbox', postgresql_where=sa.text('applied_at IS NULL'))
    op.drop_table('inbox')
    op.drop_index(op.f('ix_file_sha256'), table_name='file')
    op.drop_table('file')
    op.drop_index('ix_event_at', table_name='event')
    op.drop_table('event')
    op.drop_table('branch')
    op.execute(sa.schema.DropSequence(sa.Sequence('ticket_number_seq')))
    op.execute(sa.schema.DropSequence(sa.Sequence('visit_number_seq')))
