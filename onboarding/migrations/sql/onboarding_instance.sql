-- Onboardings, with what is public of their applicants: no name, no phone number, no address.
CREATE VIEW onboarding_instance AS
SELECT
    instance.id,
    instance.version,
    instance.status,
    instance.state,
    applicant.client,
    applicant.user_id,
    applicant.status AS applicant_status,
    instance.business_key,
    instance.correlation_id,
    instance.changes,
    instance.waiting_for,
    instance.wake_at,
    instance.worker_id,
    instance.sequence_number,
    instance.recovery_count,
    instance.failure,
    instance.created_at,
    instance.updated_at,
    instance.finished_at
FROM workflow_instance AS instance
LEFT JOIN onboarding_applicant AS applicant ON applicant.id = instance.id
WHERE instance.workflow = 'onboarding';
