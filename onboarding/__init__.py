"""Customer onboarding: from a phone number to an open account, every step durable."""
