"""The rows of onboarding."""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
import django_fsm
from django.db import migrations, models

import onboarding.models.document
import onboarding.models.versioned


class Migration(migrations.Migration):
    initial = True

    dependencies = [("workflow", "0002_guards")]  # workflow_now() dates the rows

    operations = [
        migrations.CreateModel(
            name="Applicant",
            fields=[
                ("version", models.PositiveIntegerField(default=1)),
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("client", models.TextField()),
                ("user_id", models.TextField()),
                ("phone_number", models.TextField()),
                (
                    "status",
                    django_fsm.FSMField(
                        choices=[
                            ("PHONE_ENTERED", "Phone Entered"),
                            ("OTP_VERIFIED", "Otp Verified"),
                            ("PROFILE_COMPLETED", "Profile Completed"),
                            ("DOC_UPLOADED", "Doc Uploaded"),
                            ("EKYC_PENDING", "Ekyc Pending"),
                            ("EKYC_APPROVED", "Ekyc Approved"),
                            ("AML_PENDING", "Aml Pending"),
                            ("AML_CLEARED", "Aml Cleared"),
                            ("ACCOUNT_CREATED", "Account Created"),
                            ("WALLET_CREATED", "Wallet Created"),
                            ("CARD_ACTIVATED", "Card Activated"),
                            ("COMPLETED", "Completed"),
                            ("EKYC_REJECTED", "Ekyc Rejected"),
                            ("AML_REJECTED", "Aml Rejected"),
                            ("EXPIRED", "Expired"),
                        ],
                        default="PHONE_ENTERED",
                        max_length=20,
                        protected=True,
                    ),
                ),
                ("created_at", models.DateTimeField(db_default=onboarding.models.versioned.WorkflowNow())),
                ("updated_at", models.DateTimeField(db_default=onboarding.models.versioned.WorkflowNow())),
            ],
            options={
                "db_table": "onboarding_applicant",
                "ordering": ("-id",),
                "permissions": (("view_personal_data", "Can see personal data of applicants"),),
                "indexes": [models.Index(fields=["client", "user_id"], name="onboarding_applicant_customer")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("phone_number__regex", "^\\+[1-9][0-9]{6,14}$")),
                        name="onboarding_applicant_phone_is_e164",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "status__in",
                                [
                                    "PHONE_ENTERED",
                                    "OTP_VERIFIED",
                                    "PROFILE_COMPLETED",
                                    "DOC_UPLOADED",
                                    "EKYC_PENDING",
                                    "EKYC_APPROVED",
                                    "AML_PENDING",
                                    "AML_CLEARED",
                                    "ACCOUNT_CREATED",
                                    "WALLET_CREATED",
                                    "CARD_ACTIVATED",
                                    "COMPLETED",
                                    "EKYC_REJECTED",
                                    "AML_REJECTED",
                                    "EXPIRED",
                                ],
                            )
                        ),
                        name="onboarding_applicant_status_is_a_state",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Account",
            fields=[
                ("version", models.PositiveIntegerField(default=1)),
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "status",
                    django_fsm.FSMField(
                        choices=[("OPEN", "Open"), ("CLOSED", "Closed")], default="OPEN", max_length=20, protected=True
                    ),
                ),
                ("opened_at", models.DateTimeField(db_default=onboarding.models.versioned.WorkflowNow())),
                ("closed_at", models.DateTimeField(null=True)),
                ("account_id", models.TextField(unique=True)),
                ("number", models.TextField()),
                ("currency", models.CharField(max_length=3)),
                (
                    "applicant",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="account", to="onboarding.applicant"
                    ),
                ),
            ],
            options={
                "db_table": "onboarding_account",
                "ordering": ("-opened_at",),
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Card",
            fields=[
                ("version", models.PositiveIntegerField(default=1)),
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "status",
                    django_fsm.FSMField(
                        choices=[("OPEN", "Open"), ("CLOSED", "Closed")], default="OPEN", max_length=20, protected=True
                    ),
                ),
                ("opened_at", models.DateTimeField(db_default=onboarding.models.versioned.WorkflowNow())),
                ("closed_at", models.DateTimeField(null=True)),
                ("card_id", models.TextField(unique=True)),
                ("last_digits", models.CharField(max_length=4)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="cards", to="onboarding.account"
                    ),
                ),
                (
                    "applicant",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="card", to="onboarding.applicant"
                    ),
                ),
            ],
            options={
                "db_table": "onboarding_card",
                "ordering": ("-opened_at",),
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Document",
            fields=[
                ("version", models.PositiveIntegerField(default=1)),
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("PASSPORT", "Passport"),
                            ("ID_CARD", "Id Card"),
                            ("DRIVING_LICENCE", "Driving Licence"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "status",
                    django_fsm.FSMField(
                        choices=[
                            ("STORED", "Stored"),
                            ("ATTACHED", "Attached"),
                            ("SUBMITTED", "Submitted"),
                            ("REPLACED", "Replaced"),
                        ],
                        default="STORED",
                        max_length=20,
                        protected=True,
                    ),
                ),
                ("file", models.FileField(upload_to=onboarding.models.document.stored_path)),
                ("content_type", models.TextField()),
                ("size_bytes", models.PositiveIntegerField()),
                ("pages", models.PositiveSmallIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                ("stored_at", models.DateTimeField(db_default=onboarding.models.versioned.WorkflowNow())),
                (
                    "applicant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="documents", to="onboarding.applicant"
                    ),
                ),
            ],
            options={
                "db_table": "onboarding_document",
                "ordering": ("-stored_at",),
            },
        ),
        migrations.CreateModel(
            name="IdentityCheck",
            fields=[
                ("version", models.PositiveIntegerField(default=1)),
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("check_id", models.TextField(unique=True)),
                (
                    "status",
                    django_fsm.FSMField(
                        choices=[("PENDING", "Pending"), ("APPROVED", "Approved"), ("REJECTED", "Rejected")],
                        default="PENDING",
                        max_length=20,
                        protected=True,
                    ),
                ),
                ("reason", models.TextField(blank=True, default="")),
                ("submitted_at", models.DateTimeField(db_default=onboarding.models.versioned.WorkflowNow())),
                ("decided_at", models.DateTimeField(null=True)),
                (
                    "applicant",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="identity_check",
                        to="onboarding.applicant",
                    ),
                ),
            ],
            options={
                "db_table": "onboarding_identity_check",
                "ordering": ("-submitted_at",),
            },
        ),
        migrations.CreateModel(
            name="OtpChallenge",
            fields=[
                ("version", models.PositiveIntegerField(default=1)),
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("number", models.PositiveSmallIntegerField()),
                ("nonce", models.TextField()),
                ("issued_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                (
                    "applicant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="otp_challenges",
                        to="onboarding.applicant",
                    ),
                ),
            ],
            options={
                "db_table": "onboarding_otp_challenge",
                "ordering": ("applicant", "number"),
            },
        ),
        migrations.CreateModel(
            name="Profile",
            fields=[
                ("version", models.PositiveIntegerField(default=1)),
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("first_name", models.TextField()),
                ("last_name", models.TextField()),
                ("date_of_birth", models.DateField()),
                ("nationality", models.CharField(max_length=2)),
                ("street", models.TextField()),
                ("postal_code", models.TextField()),
                ("city", models.TextField()),
                ("country", models.CharField(max_length=2)),
                ("email", models.TextField()),
                ("email_logic", models.PositiveSmallIntegerField(null=True)),
                ("submitted_at", models.DateTimeField(db_default=onboarding.models.versioned.WorkflowNow())),
                ("accepted_at", models.DateTimeField(null=True)),
                (
                    "applicant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="profiles", to="onboarding.applicant"
                    ),
                ),
            ],
            options={
                "db_table": "onboarding_profile",
                "ordering": ("-submitted_at",),
            },
        ),
        migrations.CreateModel(
            name="SanctionsList",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "source",
                    models.CharField(
                        choices=[("OFAC_SDN", "Ofac Sdn"), ("OPENSANCTIONS", "Opensanctions")], max_length=20
                    ),
                ),
                ("sha256", models.CharField(max_length=64)),
                ("entries", models.PositiveIntegerField()),
                ("loaded_at", models.DateTimeField(db_default=onboarding.models.versioned.WorkflowNow())),
            ],
            options={
                "db_table": "onboarding_sanctions_list",
                "ordering": ("-id",),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("entries__gt", 0)), name="onboarding_sanctions_list_not_empty"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SanctionsEntry",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "source",
                    models.CharField(
                        choices=[("OFAC_SDN", "Ofac Sdn"), ("OPENSANCTIONS", "Opensanctions")], max_length=20
                    ),
                ),
                ("source_id", models.TextField()),
                ("name", models.TextField()),
                ("compared_names", django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
                (
                    "birth_dates",
                    django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None),
                ),
                (
                    "nationalities",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=2), default=list, size=None
                    ),
                ),
                ("program", models.TextField(blank=True, default="")),
                (
                    "list",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="persons",
                        to="onboarding.sanctionslist",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "sanctions entries",
                "db_table": "onboarding_sanctions_entry",
                "ordering": ("source", "source_id"),
            },
        ),
        migrations.CreateModel(
            name="Screening",
            fields=[
                ("version", models.PositiveIntegerField(default=1)),
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "verdict",
                    django_fsm.FSMField(
                        choices=[
                            ("CLEAR", "Clear"),
                            ("HIT", "Hit"),
                            ("REVIEW", "Review"),
                            ("CLEARED_BY_STAFF", "Cleared By Staff"),
                            ("REJECTED_BY_STAFF", "Rejected By Staff"),
                        ],
                        max_length=20,
                        protected=True,
                    ),
                ),
                ("score", models.FloatField()),
                ("name_score", models.FloatField()),
                ("birth_date_agreement", models.TextField()),
                ("nationality_agreement", models.TextField()),
                ("entry_source", models.TextField(blank=True, default="")),
                ("entry_source_id", models.TextField(blank=True, default="")),
                ("lists", models.JSONField(default=list)),
                ("reason", models.TextField(blank=True, default="")),
                ("screened_at", models.DateTimeField(db_default=onboarding.models.versioned.WorkflowNow())),
                ("decided_at", models.DateTimeField(null=True)),
                (
                    "applicant",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="screening", to="onboarding.applicant"
                    ),
                ),
                (
                    "entry",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="onboarding.sanctionsentry",
                    ),
                ),
            ],
            options={
                "db_table": "onboarding_screening",
                "ordering": ("-screened_at",),
            },
        ),
        migrations.CreateModel(
            name="Wallet",
            fields=[
                ("version", models.PositiveIntegerField(default=1)),
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "status",
                    django_fsm.FSMField(
                        choices=[("OPEN", "Open"), ("CLOSED", "Closed")], default="OPEN", max_length=20, protected=True
                    ),
                ),
                ("opened_at", models.DateTimeField(db_default=onboarding.models.versioned.WorkflowNow())),
                ("closed_at", models.DateTimeField(null=True)),
                ("wallet_id", models.TextField(unique=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="wallets", to="onboarding.account"
                    ),
                ),
                (
                    "applicant",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="wallet", to="onboarding.applicant"
                    ),
                ),
            ],
            options={
                "db_table": "onboarding_wallet",
                "ordering": ("-opened_at",),
                "abstract": False,
            },
        ),
        migrations.AddConstraint(
            model_name="account",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_at__isnull", True), ("status", "OPEN")),
                    models.Q(("closed_at__isnull", False), ("status", "CLOSED")),
                    _connector="OR",
                ),
                name="onboarding_account_closed_iff_dated",
            ),
        ),
        migrations.AddConstraint(
            model_name="card",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_at__isnull", True), ("status", "OPEN")),
                    models.Q(("closed_at__isnull", False), ("status", "CLOSED")),
                    _connector="OR",
                ),
                name="onboarding_card_closed_iff_dated",
            ),
        ),
        migrations.AddConstraint(
            model_name="document",
            constraint=models.UniqueConstraint(
                fields=("applicant", "sha256"), name="onboarding_document_one_per_content"
            ),
        ),
        migrations.AddConstraint(
            model_name="document",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status__in", ("ATTACHED", "SUBMITTED"))),
                fields=("applicant",),
                name="onboarding_document_one_in_use",
            ),
        ),
        migrations.AddConstraint(
            model_name="document",
            constraint=models.CheckConstraint(
                condition=models.Q(("pages__gt", 0), ("size_bytes__gt", 0)), name="onboarding_document_not_empty"
            ),
        ),
        migrations.AddConstraint(
            model_name="document",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["STORED", "ATTACHED", "SUBMITTED", "REPLACED"])),
                name="onboarding_document_known_status",
            ),
        ),
        migrations.AddConstraint(
            model_name="identitycheck",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_at__isnull", True), ("status", "PENDING")),
                    models.Q(("decided_at__isnull", False), ("status__in", ("APPROVED", "REJECTED"))),
                    _connector="OR",
                ),
                name="onboarding_identity_check_decided_iff_dated",
            ),
        ),
        migrations.AddConstraint(
            model_name="otpchallenge",
            constraint=models.UniqueConstraint(fields=("applicant", "number"), name="onboarding_otp_one_per_number"),
        ),
        migrations.AddConstraint(
            model_name="otpchallenge",
            constraint=models.CheckConstraint(
                condition=models.Q(("number__gte", 1), ("number__lte", 4)), name="onboarding_otp_limited_codes"
            ),
        ),
        migrations.AddConstraint(
            model_name="otpchallenge",
            constraint=models.CheckConstraint(
                condition=models.Q(("tries__lte", 5)), name="onboarding_otp_limited_tries"
            ),
        ),
        migrations.AddConstraint(
            model_name="otpchallenge",
            constraint=models.CheckConstraint(
                condition=models.Q(("expires_at__gt", models.F("issued_at"))), name="onboarding_otp_expires"
            ),
        ),
        migrations.AddConstraint(
            model_name="profile",
            constraint=models.UniqueConstraint(
                condition=models.Q(("accepted_at__isnull", False)),
                fields=("applicant",),
                name="onboarding_profile_one_accepted",
            ),
        ),
        migrations.AddConstraint(
            model_name="profile",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("accepted_at__isnull", False), ("email_logic__isnull", False)),
                    models.Q(("accepted_at__isnull", True), ("email_logic__isnull", True)),
                    _connector="OR",
                ),
                name="onboarding_profile_accepted_iff_by_a_rule",
            ),
        ),
        migrations.AddConstraint(
            model_name="profile",
            constraint=models.CheckConstraint(
                condition=models.Q(("nationality__regex", "^[A-Z]{2}$"), ("country__regex", "^[A-Z]{2}$")),
                name="onboarding_profile_countries_are_codes",
            ),
        ),
        migrations.AddConstraint(
            model_name="sanctionsentry",
            constraint=models.UniqueConstraint(
                fields=("source", "source_id"), name="onboarding_sanctions_entry_one_per_source_id"
            ),
        ),
        migrations.AddConstraint(
            model_name="sanctionsentry",
            constraint=models.CheckConstraint(
                condition=models.Q(("compared_names__len__gt", 0)), name="onboarding_sanctions_entry_has_a_name"
            ),
        ),
        migrations.AddConstraint(
            model_name="screening",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("decided_at__isnull", False),
                        ("verdict__in", ("CLEARED_BY_STAFF", "REJECTED_BY_STAFF")),
                        models.Q(("reason", ""), _negated=True),
                    ),
                    models.Q(("decided_at__isnull", True), ("reason", ""), ("verdict__in", ("CLEAR", "HIT", "REVIEW"))),
                    _connector="OR",
                ),
                name="onboarding_screening_decided_iff_dated",
            ),
        ),
        migrations.AddConstraint(
            model_name="screening",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("verdict", "CLEAR"), models.Q(("entry_source_id", ""), _negated=True), _connector="OR"
                ),
                name="onboarding_screening_names_the_likeness",
            ),
        ),
        migrations.AddConstraint(
            model_name="wallet",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_at__isnull", True), ("status", "OPEN")),
                    models.Q(("closed_at__isnull", False), ("status", "CLOSED")),
                    _connector="OR",
                ),
                name="onboarding_wallet_closed_iff_dated",
            ),
        ),
    ]
