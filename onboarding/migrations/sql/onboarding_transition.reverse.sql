DROP VIEW onboarding_transition;
