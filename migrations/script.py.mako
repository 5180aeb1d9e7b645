"""${message}"""

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
import creative_platform.core.db
import creative_platform.core.text

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
