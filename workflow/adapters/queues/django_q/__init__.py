"""django-q2 as a host: its cluster alone finishes all work; beside workers it is their safety net.

Read jobs (what a task does), process (the host inside a cluster's worker process), schedules (what is due when).
`connect` is called once the apps are ready, where django_q is installed.
"""


def connect() -> None:
    """Schedules after every migration, and a look at once in every worker process that a cluster starts."""
    from django.db.models.signals import post_migrate
    from django_q.signals import post_spawn

    from workflow.adapters.queues.django_q.process import begin
    from workflow.adapters.queues.django_q.schedules import install_after_migrate

    post_migrate.connect(install_after_migrate, dispatch_uid="workflow.schedules")
    post_spawn.connect(begin, dispatch_uid="workflow.begin")
