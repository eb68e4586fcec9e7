DROP VIEW onboarding_instance;
