# Task events: created → updated → completed
# Key by task_id ensures ordering within task

producer.produce(
    topic='task-events',
    key=f'task-{task_id}'.encode(),  # All events for this task → same partition
    value=json.dumps({
        'type': 'task.created',
        'task_id': task_id,
        'user_id': user_id,
    })
)

# Later...
producer.produce(
    topic='task-events',
    key=f'task-{task_id}'.encode(),  # Same key → same partition → ordered
    value=json.dumps({
        'type': 'task.completed',
        'task_id': task_id,
    })
)
